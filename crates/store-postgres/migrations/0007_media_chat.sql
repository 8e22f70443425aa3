-- What became of the files of a chat, and of all.
CREATE INDEX media_chat ON media (account, chat, state, reason);
