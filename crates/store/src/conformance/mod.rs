//! One function per law; both stores run all of them.
//!
//! A store's test crate implements [`Fixture`] and calls [`conformance_suite!`](crate::conformance_suite).

pub mod apply;
pub mod browsing;
pub mod builders;
pub mod calls;
pub mod filtering;
pub mod guard;
pub mod letters;
pub mod media;
pub mod ownership;
pub mod permutation;
pub mod places;
pub mod progress;
pub mod push;
pub mod reading;
mod story;
pub mod users;

use std::sync::Arc;

use async_trait::async_trait;
use model::TestClock;

use crate::Store;

/// A fresh, empty store.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// Its clock.
    fn clock(&self) -> &TestClock;

    /// The store of another process over the same database, as after a crash of the first.
    async fn reopened(&self) -> Arc<dyn Store>;

    /// What a database learns of its tables in time by itself, it knows now.
    async fn analyzed(&self) {}

    /// Every row of the archive's tables as text, sorted, without surrogate ids and without queues (outbox, batches, search).
    async fn dump(&self) -> Vec<String>;
}

/// What a row of [`Fixture::dump`] says in a column; for a column that is not there nothing.
pub fn field<'r>(row: &'r str, column: &str) -> &'r str {
    row.split(' ')
        .find_map(|part| part.strip_prefix(column)?.strip_prefix('='))
        .unwrap_or_default()
}

/// One test per law, or with `all` every law, one after the other. `$fixture` is an async expression that gives an
/// `impl Fixture`.
#[macro_export]
macro_rules! conformance_suite {
    ($fixture:expr) => {
        $crate::conformance_suite!(@laws each $fixture);
    };
    (all $fixture:expr) => {
        $crate::conformance_suite! { @laws all $fixture }
    };
    (@laws $arm:ident $fixture:expr) => {
        $crate::conformance_suite! { @$arm $fixture;
            permutation::any_order_and_repetition_of_captures_gives_the_same_rows
            permutation::any_order_of_captures_and_verdicts_gives_the_same_rows
            permutation::any_order_of_captures_and_hard_deletions_gives_the_same_rows
            apply::rows_ranges_and_receipts_commit_together
            apply::a_batch_applied_twice_changes_nothing
            apply::a_deletion_meets_its_message_whenever_it_arrives
            apply::without_a_verdict_nothing_changes_and_with_one_it_does_once
            apply::a_hard_deletion_takes_the_content_and_it_does_not_come_back
            apply::a_reduced_user_never_overwrites_a_full_one
            apply::an_observed_deletion_changes_nothing
            calls::a_flood_wait_is_the_accounts_until_its_end
            calls::a_share_is_in_force_as_long_as_its_lease
            apply::an_observed_deletion_learns_its_chat
            apply::an_edit_seen_again_has_its_greatest_stamp
            apply::a_pending_edit_that_is_none_any_more_goes
            apply::a_tombstone_tells_the_earliest_time
            apply::a_deletion_without_a_chat_survives_crashes_until_its_message_arrives
            browsing::pages_of_chats_reach_each_once_in_order
            browsing::chats_and_people_are_found_by_name
            filtering::filters_narrow_a_search
            filtering::a_search_goes_on_below_any_hit
            filtering::a_search_has_a_bound_and_goes_on_where_it_ended
            places::places_in_a_chat_are_found
            places::messages_are_found_by_what_they_are
            users::sessions_end_with_time_by_hand_and_with_their_user
            guard::of_ten_thousand_deletions_exactly_ten_are_applied
            guard::two_guards_admit_one_share
            guard::a_rejected_operation_stays_rejected
            guard::an_approval_applies_what_is_held_exactly_once
            guard::the_outbox_tells_of_an_incident_and_of_its_decision
            guard::what_was_decided_but_not_applied_is_found
            media::a_file_is_issued_again_until_it_is_stored
            media::what_the_bus_did_not_take_is_due_again_at_once
            media::files_are_issued_newest_first_and_small_before_large
            media::of_a_file_behind_a_hard_deletion_only_its_name_stays
            media::a_stored_file_is_never_replaced_by_a_failure
            media::a_file_of_unknown_size_is_reconsidered_when_the_limit_rises
            media::a_damaged_file_stays_stored_and_says_why
            ownership::one_owner_at_a_time_and_each_takeover_raises_the_epoch
            ownership::session_writes_are_fenced
            ownership::an_account_keeps_its_user
            progress::passes_cover_and_tell_what_was_not_seen
            progress::runs_are_noted
            progress::receipts_stay_until_their_batches_are_settled
            letters::dead_letters_stay_until_redriven
            letters::a_batch_given_up_has_a_receipt_and_a_letter_that_applies
            letters::a_lost_letter_is_followed_once
            progress::issued_operations_come_again
            progress::the_outbox_tells_each_change_until_published
            progress::the_outbox_tells_of_a_chat_without_messages
            push::an_endpoint_has_one_subscription
            push::a_message_is_told_once_and_the_newest_waits
            push::a_claim_ends_with_its_time_or_when_it_is_done
            push::of_two_who_make_a_fact_one_is_first
            reading::a_message_is_read_as_it_was_written
            reading::pages_reach_every_message_once
            reading::peers_that_were_not_seen_again_are_found
            reading::search_finds_words_parts_and_cjk_newest_first
            reading::search_forgets_what_was_edited_away
        }
    };
    (@all $fixture:expr; $($module:ident :: $law:ident)*) => {
        $({
            let fixture = $fixture.await;
            Box::pin($crate::conformance::$module::$law(&fixture)).await;
        })*
    };
    (@each $fixture:expr; $($module:ident :: $law:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $law() {
            let fixture = $fixture.await;
            $crate::conformance::$module::$law(&fixture).await;
        })*
    };
}
