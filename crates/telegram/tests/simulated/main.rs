//! The adapter against the simulated Telegram: log-in, reading, updates, files, and bad days.
//!
//! Telegram and grammers have pitfalls; where each of them is tested:
//!
//! | pitfall | test |
//! |---|---|
//! | 1. one owner per authorization | `bad_days::whoever_lost_the_lease_stops`, `bad_days::two_processes_with_one_key_are_told`, `faults::two_processes_of_one_kind_with_one_key_are_told` |
//! | 2. the session: `min` peers merged | `files::the_avatar_of_a_stranger_is_fetched_with_its_reduced_hash`, `session::peers` (unit) |
//! | 2. kept peers, and who we are | `reading::peers_survive_a_restart`, `session::tests` (unit) |
//! | 2. dialogs never move a channel's pts | `reading::both_folders_are_listed_and_dialogs_never_move_a_channels_state` |
//! | 2. -404 costs no key unasked, and old keys stay | `bad_days::an_unknown_key_is_replaced_and_kept`, `faults::a_key_that_the_data_centre_forgot_is_replaced` |
//! | 3. a batch is acknowledged as a whole | `updates::a_batch_that_was_not_persisted_comes_again`, `updates::differences_come_in_slices` |
//! | 4. order: edits and deletions before new messages; `messageEmpty` is no message | `updates::a_difference_tells_deletions_and_edits_of_the_time_away`, `reading::messages_are_found_by_id_or_not_at_all` |
//! | 5. deletions without a chat | `updates::what_happens_live_is_captured_by_box`, `forms::update_short_tells_a_deletion_and_what_is_not_understood_is_kept` |
//! | 6. too long | `updates::a_difference_that_is_too_long_is_told`, `updates::a_channel_without_an_access_hash_is_told_as_too_long`, `faults::a_difference_that_cannot_be_read_is_told_as_too_long`, `faults::a_channels_difference_that_cannot_be_read_is_told_as_too_long` |
//! | 7. own retries, a timeout on every call | all of `faults`, `bad_days::transient_failures_are_tried_again`, `unreachable` |
//! | 7. flood waits | `bad_days::a_flood_wait_stops_its_class_alone_and_is_obeyed`, `bad_days::limits_of_telegram_are_obeyed_to_the_end` |
//! | 8. a runner that panics or ends is replaced | `faults::a_connection_that_panics_is_replaced_and_what_came_meanwhile_is_found`, `pool::link` (unit) |
//! | 8. one dead data centre blocks no other | `bad_days::a_black_hole_of_a_file_data_centre_leaves_home_alone` |
//! | 9. downloads: offsets, sizes, data centres, references | all of `files` |
//! | 10. raw calls, raw bytes and their layer | `reading::registers_are_captured`, `decode::mangled` (unit) |
//! | 11. a pinned version | `=0.11.0` in the root manifest; the rule `grammers_is_pinned` |
//! | 12. both folders | `reading::both_folders_are_listed_and_dialogs_never_move_a_channels_state` |
//! | 13. the state is stored before the first page | `login::the_first_log_in_exchanges_a_key_and_is_kept` |
//! | a clock ahead of Telegram's is refused for ever | `clocks` |
//! | short forms: no chat, no text, strangers | `forms` |
//! | secret chats counted beside a pts of 0 | `forms::secret_chats_are_never_counted_without_the_others`, `updates` (unit) |

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_days;
mod bed;
mod clocks;
mod faults;
mod files;
mod floods;
mod forms;
mod login;
mod reading;
mod unreachable;
mod updates;
