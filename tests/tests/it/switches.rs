//! What each setting changes in what is captured.

use std::time::Duration;

use assembly::{Node, NodeSettings};
use fetcher::{ChatType, Listener, Schedule};
use model::{ChatId, Clock as _, DeletionMode};
use telegram_sim::faults::{Action, Rule};
use telegram_sim::scenario::{self, ACCOUNT, Builder, PASSWORD};
use telegram_sim::world::{DocumentKind, Draft, Edit, Media};
use tests::bed::{Bed, eventually};

const LONG: Duration = Duration::from_mins(1);
const STOP: Duration = Duration::from_secs(10);
const ALICE: ChatId = ChatId(2001);

/// An archive of the small world, its first run done with these settings.
async fn archived(seed: u64, adjust: fn(&mut NodeSettings)) -> (Bed, Node) {
    let mut bed = Bed::new(scenario::small(seed)).await.unwrap();
    bed.adjust = adjust;
    bed.log_in().await.unwrap();
    let node = bed.node().await.unwrap();
    runs(&bed, 1).await;
    (bed, node)
}

/// Waits for so many finished runs.
async fn runs(bed: &Bed, count: i64) {
    let pool = bed.pool().await.unwrap();
    eventually("the run ends", LONG, async || {
        number(&pool, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL").await >= count
    })
    .await;
}

async fn run_now(bed: &Bed, node: &Node) {
    let pool = bed.pool().await.unwrap();
    let before = number(&pool, "SELECT count(*) FROM runs").await;
    let subject = wire::Subject::Rpc {
        service: fetcher::SERVICE.to_owned(),
        verb: fetcher::VERB_RUN_NOW.to_owned(),
        account: bed.account,
    };
    let body = wire::encode_rpc_request(&serde_json::Value::Null);
    node.bus.request(&subject, body, LONG).await.unwrap();
    runs(bed, before + 1).await;
}

async fn number(pool: &sqlx::AnyPool, sql: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn follows(node: &Node) {
    let mut status = node.state.fetcher.clone();
    tokio::time::timeout(LONG, status.wait_for(|s| s.live))
        .await
        .expect("the listener follows in time")
        .unwrap();
}

/// Waits until a text is stored: what was told before it in the same box has arrived, too.
async fn arrives(bed: &Bed, text: &str) {
    let pool = bed.pool().await.unwrap();
    eventually(text, LONG, async || has(&pool, text).await).await;
}

async fn has(pool: &sqlx::AnyPool, text: &str) -> bool {
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM messages WHERE text = $1")
        .bind(text)
        .fetch_one(pool)
        .await
        .unwrap();
    found > 0
}

fn post(bed: &Bed, chat: ChatId, text: &str) -> i32 {
    bed.sim.world().post(ACCOUNT, chat, &Draft::text(text)).unwrap()
}

fn edit(bed: &Bed, chat: ChatId, id: i32, text: &str) {
    let edit = Edit {
        text: Some(text.to_owned()),
        ..Edit::default()
    };
    assert!(bed.sim.world().edit(ACCOUNT, chat, id, &edit));
}

/// The newest message of a chat that is a text.
async fn newest_text(pool: &sqlx::AnyPool, chat: ChatId) -> i32 {
    let newest = format!(
        "SELECT max(id) FROM messages WHERE chat = {} AND kind = 'text'",
        chat.0
    );
    number(pool, &newest).await as i32
}

fn fetcher_of(settings: &mut NodeSettings) -> &mut fetcher::Config {
    &mut settings.fetcher.as_mut().unwrap().0
}

/// A listener that is on, with one of its switches off.
fn listener(settings: &mut NodeSettings, off: fn(&mut Listener)) {
    off(&mut fetcher_of(settings).listener);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_listener_the_next_run_brings_what_happened() {
    let (bed, node) = archived(31, |s| listener(s, |l| l.enabled = false)).await;
    let (news, pool) = (ChatId::channel(4001), bed.pool().await.unwrap());
    let old = newest_text(&pool, ALICE).await;
    edit(&bed, ALICE, old, "edited while nobody listened");
    for chat in [ALICE, news, ChatId::group(301)] {
        post(&bed, chat, "posted while nobody listened");
    }
    assert!(!node.state.fetcher.borrow().live);
    assert!(!has(&pool, "posted while nobody listened").await);
    run_now(&bed, &node).await;
    let posted = "SELECT count(*) FROM messages WHERE text = 'posted while nobody listened'";
    assert_eq!(number(&pool, posted).await, 3);
    // As soon as the guard has admitted it.
    arrives(&bed, "edited while nobody listened").await;
    assert!(!node.state.fetcher.borrow().live);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_starts_runs_and_late_ones_are_one() {
    let mut bed = Bed::new(scenario::small(32)).await.unwrap();
    bed.adjust = |s| {
        let fetcher = fetcher_of(s);
        fetcher.schedule = Some(Schedule::new("0 */6 * * *", jiff::tz::TimeZone::UTC).unwrap());
        fetcher.run_at_start = false;
        fetcher.lease_ttl = Duration::from_hours(24 * 365);
    };
    bed.log_in().await.unwrap();
    let node = bed.node().await.unwrap();
    follows(&node).await;
    let mut status = node.state.fetcher.clone();
    tokio::time::timeout(LONG, status.wait_for(|s| s.next_run.is_some()))
        .await
        .expect("the next run is known")
        .unwrap();
    bed.clock.advance(Duration::from_hours(6));
    runs(&bed, 1).await;
    bed.clock.advance(Duration::from_hours(25));
    runs(&bed, 2).await;
    run_now(&bed, &node).await;
    let pool = bed.pool().await.unwrap();
    let triggers: Vec<String> = sqlx::query_scalar("SELECT trigger FROM runs ORDER BY run")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(triggers, ["schedule", "schedule", "hand"]);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_ended_early_is_begun_again_soon() {
    let mut bed = Bed::new(scenario::small(51)).await.unwrap();
    bed.adjust = |s| {
        let fetcher = fetcher_of(s);
        fetcher.schedule = Some(Schedule::new("0 0 1 1 *", jiff::tz::TimeZone::UTC).unwrap());
        fetcher.lease_ttl = Duration::from_hours(24 * 365);
    };
    bed.log_in().await.unwrap();
    let pool = bed.pool().await.unwrap();
    let refuse =
        "CREATE TRIGGER refuse BEFORE INSERT ON passes BEGIN SELECT RAISE(ABORT, 'refused by the test'); END";
    sqlx::query(refuse).execute(&pool).await.unwrap();
    let node = bed.node().await.unwrap();
    let ended = "SELECT count(*) FROM runs WHERE json_extract(outcome, '$.aborted') IS NOT NULL";
    for (early, seconds) in [(1, 30), (2, 60)] {
        eventually("a run ends early", LONG, || {
            let pool = pool.clone();
            async move { number(&pool, ended).await == early }
        })
        .await;
        if early == 2 {
            sqlx::query("DROP TRIGGER refuse").execute(&pool).await.unwrap();
        }
        let mut status = node.state.fetcher.clone();
        let now = bed.clock.now_unix();
        let due = status.wait_for(|s| s.next_run.is_some_and(|at| now < at && at <= now + seconds));
        tokio::time::timeout(LONG, due).await.expect("soon").unwrap();
        bed.clock
            .advance(Duration::from_secs(seconds.try_into().unwrap()));
    }
    runs(&bed, 3).await;
    let triggers: Vec<String> = sqlx::query_scalar("SELECT trigger FROM runs ORDER BY run")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(triggers, ["start", "again", "again"]);
    assert!(number(&pool, "SELECT count(*) FROM messages").await > 0);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_excluded_chat_gets_nothing_new_and_keeps_what_it_has() {
    let (mut bed, node) = archived(33, |_| {}).await;
    node.stop(STOP).await;
    let (news, pool) = (ChatId::channel(4001), bed.pool().await.unwrap());
    let held = format!("SELECT count(*) FROM messages WHERE chat = {}", news.0);
    let before = number(&pool, &held).await;
    assert!(before > 50);
    post(&bed, news, "in its history, excluded");
    bed.adjust = |s| {
        fetcher_of(s).filter.exclude.insert(ChatId::channel(4001));
    };
    let node = bed.node().await.unwrap();
    runs(&bed, 2).await;
    follows(&node).await;
    post(&bed, news, "live, excluded");
    bed.sim.world().delete(ACCOUNT, news, &[5]);
    post(&bed, ALICE, "live, wanted");
    arrives(&bed, "live, wanted").await;
    run_now(&bed, &node).await;
    assert_eq!(number(&pool, &held).await, before);
    assert_eq!(number(&pool, "SELECT count(*) FROM tombstones").await, 0);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_types_only_what_is_included_is_captured() {
    let (bed, node) = archived(34, |s| {
        let filter = &mut fetcher_of(s).filter;
        filter.types.clear();
        filter.include.insert(ChatId::channel(4003));
        filter.include_of.insert(ChatType::Private, [ChatId(2002)].into());
    })
    .await;
    let pool = bed.pool().await.unwrap();
    let chats: Vec<i64> = sqlx::query_scalar("SELECT DISTINCT chat FROM messages ORDER BY chat")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(chats, [ChatId::channel(4003).0, 2002]);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn priority_chats_are_walked_first() {
    let (bed, node) = archived(35, |s| {
        let fetcher = fetcher_of(s);
        fetcher.walkers = 1;
        fetcher.priority = vec![ChatId::channel(4003), ChatId(2002)];
    })
    .await;
    let pool = bed.pool().await.unwrap();
    let mut first: Vec<i64> = sqlx::query_scalar("SELECT chat FROM passes ORDER BY opened_at, began LIMIT 2")
        .fetch_all(&pool)
        .await
        .unwrap();
    first.sort_unstable();
    assert_eq!(first, [ChatId::channel(4003).0, 2002]);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_deletions_edits_looks_at_what_is_stored() {
    let (mut bed, node) = archived(36, |s| listener(s, |l| l.enabled = false)).await;
    node.stop(STOP).await;
    let (old, pool) = (ChatId::channel(4003), bed.pool().await.unwrap());
    bed.sim.world().delete(ACCOUNT, old, &[3, 4]);
    edit(&bed, old, 7, "edited long after");
    bed.adjust = |s| {
        fetcher_of(s).listener.enabled = false;
        fetcher_of(s).batch_sync = true;
    };
    let node = bed.node().await.unwrap();
    runs(&bed, 2).await;
    eventually("the deletions are marked", LONG, async || {
        number(&pool, "SELECT count(*) FROM tombstones").await == 2
    })
    .await;
    arrives(&bed, "edited long after").await;
    let kinds = "SELECT count(*) FROM passes WHERE kind = 'batch_sync' AND completed_at IS NULL";
    assert_eq!(number(&pool, kinds).await, 0);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_above_the_limit_wait_for_a_higher_one() {
    const LIMIT: i64 = 6_000;
    let (mut bed, node) = archived(37, |s| {
        s.writer.as_mut().unwrap().max_media_bytes = Some(LIMIT);
        s.media.as_mut().unwrap().config.max_bytes = Some(LIMIT);
    })
    .await;
    let pool = bed.pool().await.unwrap();
    let wanted = "SELECT count(*) FROM media WHERE state = 'wanted'";
    eventually("nothing is wanted any more", LONG, async || {
        number(&pool, wanted).await == 0
    })
    .await;
    let skipped = "SELECT count(*) FROM media WHERE state = 'skipped' AND reason = 'too_large' AND owner = 'message' AND size > 6000";
    let large = "SELECT count(*) FROM media WHERE owner = 'message' AND size > 6000";
    let above = number(&pool, large).await;
    assert!(above > 3);
    assert_eq!(number(&pool, skipped).await, above);
    let stored = "SELECT count(*) FROM media WHERE state = 'stored' AND owner = 'message'";
    assert!(number(&pool, stored).await > 3);
    node.stop(STOP).await;

    bed.adjust = |_| {};
    let node = bed.node().await.unwrap();
    eventually("the large ones are fetched", LONG, async || {
        number(&pool, skipped).await == 0 && number(&pool, wanted).await == 0
    })
    .await;
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_downloads_avatars_come_all_the_same() {
    let (mut bed, node) = archived(38, |s| {
        s.writer.as_mut().unwrap().download_media = false;
        s.media.as_mut().unwrap().config.download = false;
    })
    .await;
    let pool = bed.pool().await.unwrap();
    eventually("nothing is wanted any more", LONG, async || {
        number(&pool, "SELECT count(*) FROM media WHERE state = 'wanted'").await == 0
    })
    .await;
    let others = "SELECT count(*) FROM media WHERE owner = 'message' AND NOT (state = 'skipped' AND reason IN ('disabled', 'self_destructing'))";
    assert_eq!(number(&pool, others).await, 0);
    let avatars = "SELECT count(*) FROM media WHERE owner = 'avatar' AND state = 'stored'";
    assert!(number(&pool, avatars).await > 3);
    node.stop(STOP).await;

    bed.adjust = |_| {};
    let node = bed.node().await.unwrap();
    eventually("files are fetched when they are allowed", LONG, async || {
        number(
            &pool,
            "SELECT count(*) FROM media WHERE owner = 'message' AND state = 'stored'",
        )
        .await
            > 30
            && number(&pool, "SELECT count(*) FROM media WHERE reason = 'disabled'").await == 0
    })
    .await;
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_file_waits_for_the_next_run() {
    let (bed, node) = archived(39, |_| {}).await;
    follows(&node).await;
    let pool = bed.pool().await.unwrap();
    eventually("nothing is wanted any more", LONG, async || {
        number(&pool, "SELECT count(*) FROM media WHERE state = 'wanted'").await == 0
    })
    .await;
    {
        let mut world = bed.sim.world();
        let file = world.another_file(4_000);
        let draft = Draft {
            media: Some(Media::Photo {
                file,
                width: 800,
                height: 600,
                spoiler: false,
            }),
            ..Draft::text("a photo that waits")
        };
        world.post(ACCOUNT, ALICE, &draft).unwrap();
    }
    arrives(&bed, "a photo that waits").await;
    // The reconciler looks every 200 ms.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        number(&pool, "SELECT count(*) FROM media WHERE state = 'wanted'").await,
        1
    );
    run_now(&bed, &node).await;
    eventually("the run fetches it", LONG, async || {
        number(&pool, "SELECT count(*) FROM media WHERE state = 'wanted'").await == 0
    })
    .await;
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_listen_edits_the_text_stays() {
    let (bed, node) = archived(40, |s| listener(s, |l| l.edits = false)).await;
    follows(&node).await;
    let old = newest_text(&bed.pool().await.unwrap(), ALICE).await;
    edit(&bed, ALICE, old, "an edit nobody wants");
    post(&bed, ALICE, "after the edit");
    arrives(&bed, "after the edit").await;
    assert!(!has(&bed.pool().await.unwrap(), "an edit nobody wants").await);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_listen_deletions_they_are_noted_and_not_marked() {
    let (bed, node) = archived(41, |s| listener(s, |l| l.deletions = false)).await;
    follows(&node).await;
    let gone = bed.sim.world().newest(ACCOUNT, ALICE, 2);
    bed.sim.world().delete(ACCOUNT, ALICE, &gone);
    let pool = bed.pool().await.unwrap();
    eventually("the deletions are noted", LONG, async || {
        number(&pool, "SELECT count(*) FROM deletions_observed").await == 2
    })
    .await;
    assert_eq!(
        number(&pool, "SELECT count(*) FROM operations WHERE kind = 'delete'").await,
        0
    );
    assert_eq!(number(&pool, "SELECT count(*) FROM tombstones").await, 0);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_listen_new_messages_the_next_run_brings_them() {
    let (bed, node) = archived(42, |s| listener(s, |l| l.new_messages = false)).await;
    follows(&node).await;
    let pool = bed.pool().await.unwrap();
    let old = newest_text(&pool, ALICE).await;
    post(&bed, ALICE, "a post that waits");
    edit(&bed, ALICE, old, "an edit that does not");
    arrives(&bed, "an edit that does not").await;
    assert!(!has(&pool, "a post that waits").await);
    run_now(&bed, &node).await;
    assert!(has(&pool, "a post that waits").await);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_listen_chat_actions_they_come_with_the_next_run() {
    let (bed, node) = archived(43, |s| listener(s, |l| l.chat_actions = false)).await;
    follows(&node).await;
    let (group, pool) = (ChatId::group(301), bed.pool().await.unwrap());
    let services = "SELECT count(*) FROM messages WHERE kind = 'service' AND chat = -301";
    let before = number(&pool, services).await;
    bed.sim
        .world()
        .set_title(ACCOUNT, group, "Family and friends")
        .unwrap();
    post(&bed, group, "after the title");
    arrives(&bed, "after the title").await;
    assert_eq!(number(&pool, services).await, before);
    run_now(&bed, &node).await;
    assert_eq!(number(&pool, services).await, before + 1);
    node.stop(STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_deletion_leaves_no_content() {
    let (bed, node) = archived(44, |s| {
        s.writer.as_mut().unwrap().deletion_mode = DeletionMode::Hard;
    })
    .await;
    follows(&node).await;
    let id = post(&bed, ALICE, "to be gone without a trace");
    arrives(&bed, "to be gone without a trace").await;
    edit(&bed, ALICE, id, "its second version");
    arrives(&bed, "its second version").await;
    bed.sim.world().delete(ACCOUNT, ALICE, &[id]);
    let pool = bed.pool().await.unwrap();
    eventually("the tombstone", LONG, async || {
        number(&pool, "SELECT count(*) FROM tombstones WHERE hard <> 0").await == 1
    })
    .await;
    let left = format!(
        "SELECT (SELECT count(*) FROM messages WHERE box = 0 AND id = {id} AND (text <> '' OR length(raw) > 0))
              + (SELECT count(*) FROM message_versions WHERE box = 0 AND id = {id} AND (text <> '' OR length(raw) > 0))"
    );
    assert_eq!(number(&pool, &left).await, 0);
    assert_eq!(
        number(
            &pool,
            &format!("SELECT count(*) FROM messages WHERE box = 0 AND id = {id}")
        )
        .await,
        1
    );
    node.stop(STOP).await;
}

/// A large file goes on where the killed process was.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_on_at_its_offset_after_a_kill() {
    const PARTS: u64 = 20;
    let mut builder = Builder::new(45);
    builder.password(PASSWORD).private(2001, "Alice", 3).file(
        ALICE,
        DocumentKind::Video,
        "long.mp4",
        PARTS * 512 * 1024,
    );
    let mut bed = Bed::new(builder.build()).await.unwrap();
    bed.sim
        .faults()
        .add(Rule::every("upload.getFile", 1, Action::Delay(50)));
    bed.log_in().await.unwrap();
    let calls = |bed: &Bed| {
        bed.sim
            .counters()
            .calls
            .get("upload.getFile")
            .copied()
            .unwrap_or(0)
    };
    let process = bed.process("node").await.unwrap();
    eventually("half of it is there", LONG, async || calls(&bed) >= PARTS / 2).await;
    process.crash();
    let asked = calls(&bed);
    assert!(asked < PARTS, "it was killed too late");
    // The killed process's lease and messages.
    bed.clock.advance(Duration::from_mins(2));
    let node = bed.node().await.unwrap();
    let pool = bed.pool().await.unwrap();
    eventually("the file is whole", LONG, async || {
        number(
            &pool,
            "SELECT count(*) FROM media WHERE state = 'stored' AND owner = 'message'",
        )
        .await
            == 1
    })
    .await;
    let all = calls(&bed);
    assert!(
        all <= PARTS + 6,
        "{asked} parts were asked for before, {all} in all"
    );
    node.stop(STOP).await;
}
