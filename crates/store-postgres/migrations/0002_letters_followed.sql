-- Dead letters of the live lane over whose chats passes were opened. Written by the fetcher, crate `store`.
CREATE TABLE letters_followed (
    account bigint NOT NULL, letter bigint NOT NULL,
    PRIMARY KEY (account, letter)
);
