//! One function per law; both stores run all of them.
//!
//! A store's test crate implements [`Fixture`] and calls [`conformance_suite!`](crate::conformance_suite).

pub mod apply;
pub mod browsing;
pub mod builders;
pub mod filtering;
pub mod guard;
pub mod media;
pub mod ownership;
pub mod places;
pub mod progress;
pub mod push;
pub mod reading;
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

    /// Every row of the archive's tables as text, sorted, without surrogate ids and without queues (outbox, batches, search).
    async fn dump(&self) -> Vec<String>;
}

/// One test per law. `$fixture` is an async expression that gives an `impl Fixture`.
#[macro_export]
macro_rules! conformance_suite {
    ($fixture:expr) => {
        $crate::conformance_suite!(@each $fixture;
            apply::any_order_and_repetition_of_captures_gives_the_same_rows
            apply::rows_ranges_and_receipts_commit_together
            apply::a_batch_applied_twice_changes_nothing
            apply::a_deletion_meets_its_message_whenever_it_arrives
            apply::without_a_verdict_nothing_changes_and_with_one_it_does_once
            apply::a_hard_deletion_takes_the_content_and_it_does_not_come_back
            apply::a_reduced_user_never_overwrites_a_full_one
            apply::an_observed_deletion_changes_nothing
            browsing::pages_of_chats_reach_each_once_in_order
            browsing::chats_and_people_are_found_by_name
            filtering::filters_narrow_a_search
            filtering::a_search_goes_on_below_any_hit
            places::places_in_a_chat_are_found
            places::messages_are_found_by_what_they_are
            users::sessions_end_with_time_by_hand_and_with_their_user
            guard::of_ten_thousand_deletions_exactly_ten_are_applied
            guard::two_guards_admit_one_share
            guard::a_rejected_operation_stays_rejected
            guard::an_approval_applies_what_is_held_exactly_once
            guard::what_was_decided_but_not_applied_is_found
            media::a_file_is_issued_again_until_it_is_stored
            media::a_stored_file_is_never_replaced_by_a_failure
            ownership::one_owner_at_a_time_and_each_takeover_raises_the_epoch
            ownership::session_writes_are_fenced
            ownership::an_account_keeps_its_user
            progress::passes_cover_and_tell_what_was_not_seen
            progress::dead_letters_stay_until_redriven
            progress::issued_operations_come_again
            progress::the_outbox_tells_each_change_until_published
            push::an_endpoint_has_one_subscription
            push::a_message_is_told_once_and_the_newest_waits
            push::a_claim_ends_with_its_time_or_when_it_is_done
            push::of_two_who_make_a_fact_one_is_first
            reading::pages_reach_every_message_once
            reading::search_finds_words_parts_and_cjk_newest_first
            reading::search_forgets_what_was_edited_away
        );
    };
    (@each $fixture:expr; $($module:ident :: $law:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $law() {
            let fixture = $fixture.await;
            $crate::conformance::$module::$law(&fixture).await;
        })*
    };
}
