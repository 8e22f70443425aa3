//! Law 1 of the writer: any order and repetition of the same captures gives the same rows.
//!
//! A story of random captures is applied three times, each time in another order, cut into other transactions, some of it
//! repeated, with other verdicts in between; the guard's word depends on the operation alone. In the end every operation
//! has its verdict. Then all columns of all tables are equal, but for surrogate ids and for
//!
//! - `outbox`, `search_pending`, `batches`: queues and receipts, which tell what happened and not what is;
//! - `chat` and `at` of a verdict: what the guard saw when it ruled, which may be before the message came;
//! - rows of edits that were edits when they were decided and are none any more, because a version arrived that stands
//!   before them with the same content: the verdict is remembered and has no effect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{AccountId, BatchNumber, BoxId, Capture, CaptureBatch, DeletionMode, IncidentKind};
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::builders::batch;
use super::story::{Told, story};
use super::{Fixture, field};
use crate::fold::{MessageState, VersionKey};
use crate::{ApplyOptions, ChatWindow, Guard, Issue, PendingOperation, Ruling, Store};

/// Rules by what the operation is, whenever it is asked: some are admitted, some held.
struct ByOperation;

impl Guard for ByOperation {
    fn window_micros(&self) -> i64 {
        1
    }

    fn rule(&self, _: &ChatWindow, operations: &[PendingOperation]) -> Vec<Ruling> {
        let hold = Ruling::Hold {
            kind: IncidentKind::Burst,
            blocked_until: 0,
        };
        let rule = |o: &PendingOperation| {
            // The time of an edit is its name; that of a deletion may become known later.
            let name = o.message
                + if o.source.is_none() {
                    1 + o.at / 10_000_000
                } else {
                    0
                };
            if name % 3 == 0 {
                hold.clone()
            } else {
                Ruling::Admit
            }
        };
        operations.iter().map(rule).collect()
    }
}

/// Verdicts for everything that waits for one, applied.
async fn decide_all(store: &Arc<dyn Store>, account: AccountId, options: ApplyOptions) {
    let issue = Issue {
        limit: 1000,
        reissue_after: 60,
    };
    store.release_issued().await.expect("released");
    let pending = store.issue_operations(issue).await.expect("issued");
    let ids: Vec<_> = pending
        .iter()
        .filter(|(a, _)| *a == account)
        .map(|(_, o)| *o)
        .collect();
    store.decide(account, &ids, &ByOperation).await.expect("decided");
    store
        .apply_verdicts(account, &ids, options)
        .await
        .expect("applied");
    assert_eq!(store.unapplied_verdicts(1000).await.expect("asked"), []);
}

/// Applies a story in an order, cut into transactions anyhow.
async fn tell(
    store: &Arc<dyn Store>,
    rng: &mut StdRng,
    account: AccountId,
    order: &[Told],
    options: ApplyOptions,
    verdicts: bool,
) {
    let mut rest = order;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(rng.random_range(1..=rest.len().min(6)));
        rest = later;
        let batches: Vec<_> = now
            .iter()
            .map(|told| CaptureBatch {
                account,
                lane: told.lane,
                // Half of them leave no receipt, as a dead letter that is sent again.
                number: BatchNumber {
                    n: if rng.random_bool(0.5) {
                        0
                    } else {
                        batch(told.chat, vec![]).number.n
                    },
                    epoch: 1,
                },
                ..batch(told.chat, vec![told.capture.clone()])
            })
            .collect();
        let applied = store.apply(&batches, options).await.expect("applied");
        if verdicts && rng.random_bool(0.6) {
            let ids: Vec<_> = applied.operations.iter().map(|(_, o)| *o).collect();
            store.decide(account, &ids, &ByOperation).await.expect("decided");
            // The word of it may be lost on its way to the writer.
            if rng.random_bool(0.6) {
                store
                    .apply_verdicts(account, &ids, options)
                    .await
                    .expect("applied");
            }
        }
    }
    if verdicts {
        decide_all(store, account, options).await;
    }
}

/// (box, id, edit date, hash in hex) of all edits that the whole story makes.
fn edits(story: &[Told]) -> BTreeSet<(String, String, String, String)> {
    let mut states: BTreeMap<(BoxId, i64), MessageState> = BTreeMap::new();
    for told in story {
        if let Capture::Message(m) = &told.capture {
            states
                .entry((told.chat.box_id(), m.id))
                .and_modify(|state| state.merge(m))
                .or_insert_with(|| MessageState::new(m));
        }
    }
    let name = |(box_id, id): (BoxId, i64), (edit_date, hash): VersionKey| {
        let hash: String = hash.0.iter().map(|b| format!("{b:02x}")).collect();
        (
            box_id.to_i64().to_string(),
            id.to_string(),
            edit_date.to_string(),
            hash,
        )
    };
    states
        .iter()
        .flat_map(|(key, state)| {
            state
                .derive(|_| None)
                .operations
                .into_iter()
                .map(|v| name(*key, v))
        })
        .collect()
}

/// The rows of an account that must be equal.
fn comparable(dump: &[String], account: AccountId, story: &[Told]) -> Vec<String> {
    let mark = format!("account={account} ");
    let edits = edits(story);
    let rows: Vec<&String> = dump.iter().filter(|row| row.contains(&mark)).collect();
    // Of what a hard deletion took there are no edits any more.
    let purged: BTreeSet<(&str, &str)> = rows
        .iter()
        .filter(|row| row.starts_with("tombstones ") && ["1", "true", "t"].contains(&field(row, "hard")))
        .map(|row| (field(row, "box"), field(row, "id")))
        .collect();
    let counts = |row: &&&String| {
        let decided = row.starts_with("operations ") || row.starts_with("verdicts ");
        if !decided || field(row, "kind") != "edit" || field(row, "state") == "pending" {
            return true;
        }
        let (box_id, id) = (field(row, "box"), field(row, "id"));
        let key = (
            box_id.to_owned(),
            id.to_owned(),
            field(row, "edit_date").to_owned(),
            field(row, "hash").to_lowercase(),
        );
        edits.contains(&key) && !(row.starts_with("verdicts ") && purged.contains(&(box_id, id)))
    };
    let told = |row: &&String| {
        let row = row.replace(&mark, "");
        if !row.starts_with("verdicts ") {
            return row;
        }
        let seen_then = ["chat", "at"].map(|name| format!(" {name}={} ", field(&row, name)));
        seen_then
            .iter()
            .fold(row, |row, part| row.replacen(part.as_str(), " ", 1))
    };
    rows.iter().filter(counts).map(told).collect()
}

async fn check(fixture: &impl Fixture, seeds: std::ops::Range<u64>, mode: DeletionMode, verdicts: bool) {
    let store = fixture.store();
    let options = ApplyOptions { deletion_mode: mode };
    let mut stories = Vec::new();
    for seed in seeds {
        let mut rng = StdRng::seed_from_u64(seed);
        let story = story(&mut rng);
        // An account for each telling, so that one store serves all.
        let accounts = [0, 1, 2].map(|round| AccountId(100 + seed as i64 * 10 + round));
        for account in accounts {
            let mut order = story.clone();
            if account != accounts[0] {
                order.extend(story.iter().filter(|_| rng.random_bool(0.4)).cloned());
                order.shuffle(&mut rng);
            }
            tell(&store, &mut rng, account, &order, options, verdicts).await;
        }
        stories.push((seed, story, accounts));
    }
    let dump = fixture.dump().await;
    for (seed, story, accounts) in stories {
        let [first, others @ ..] = accounts.map(|account| comparable(&dump, account, &story));
        assert!(!first.is_empty(), "seed {seed} left no rows");
        for other in others {
            let missing: Vec<_> = first.iter().filter(|r| !other.contains(r)).collect();
            let extra: Vec<_> = other.iter().filter(|r| !first.contains(r)).collect();
            assert!(
                missing.is_empty() && extra.is_empty() && other.len() == first.len(),
                "seed {seed}\nmissing {missing:#?}\nextra {extra:#?}"
            );
        }
    }
}

/// Law 1, while the guard is away: nothing has a verdict.
pub async fn any_order_and_repetition_of_captures_gives_the_same_rows(fixture: &impl Fixture) {
    check(fixture, 0..14, DeletionMode::Soft, false).await;
}

/// Law 1, with verdicts in between.
pub async fn any_order_of_captures_and_verdicts_gives_the_same_rows(fixture: &impl Fixture) {
    check(fixture, 100..114, DeletionMode::Soft, true).await;
}

/// Law 1, where admitted deletions take the content.
pub async fn any_order_of_captures_and_hard_deletions_gives_the_same_rows(fixture: &impl Fixture) {
    check(fixture, 200..214, DeletionMode::Hard, true).await;
}
