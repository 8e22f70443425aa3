//! Files that are damaged, avatars that change without a word, files in a bucket.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use assembly::{BlobSettings, open_blobs};
use blobs::{Blobs, DiskBlobs, S3Options};
use media_downloader::{Verification, verification};
use model::{ChatId, Damage, MediaId, RunId};
use secrecy::SecretString;
use sqlx::AnyPool;
use store::Store;
use telegram_sim::scenario::{self, ACCOUNT};
use testkit::Seaweed;
use tests::bed::{Bed, eventually, processes};
use tests::installation::Mode;

const LONG: Duration = Duration::from_mins(1);

/// A run after this one has ended; answers which.
async fn next_run(bed: &mut Bed, after: Option<RunId>) -> RunId {
    let (store, account) = (bed.stores().await.unwrap().all, bed.account);
    eventually("a run ends", LONG, async || {
        store.finished_run(account).await.unwrap() > after
    })
    .await;
    store.finished_run(account).await.unwrap().unwrap()
}

async fn every_file_is_here(bed: &mut Bed) {
    let (store, account) = (bed.stores().await.unwrap().all, bed.account);
    eventually("every file is here", LONG, async || {
        let counts = store.statistics(account).await.unwrap();
        counts.media_wanted == 0 && counts.media_stored > 0
    })
    .await;
}

/// A row of a file that no other row shares.
#[derive(Debug)]
struct Row {
    media: i64,
    id: i64,
    sha256: [u8; 32],
    size: u64,
    path: PathBuf,
}

async fn rows(bed: &Bed, pool: &AnyPool, chat: ChatId, count: i64) -> Vec<Row> {
    let rows: Vec<(i64, i64, Vec<u8>, i64, String)> = sqlx::query_as(
        "SELECT media, id, sha256, stored_size, path FROM media m WHERE state = 'stored' AND owner = 'message' AND chat = $1
         AND stored_size > 1 AND (SELECT count(*) FROM media o WHERE o.sha256 = m.sha256 OR o.path = m.path) = 1
         ORDER BY media LIMIT $2",
    )
    .bind(chat.0)
    .bind(count)
    .fetch_all(pool)
    .await
    .unwrap();
    assert_eq!(rows.len() as i64, count, "the world has such files");
    rows.into_iter()
        .map(|(media, id, sha256, size, path)| Row {
            media,
            id,
            sha256: sha256.try_into().unwrap(),
            size: size as u64,
            path: bed.media().join(path),
        })
        .collect()
}

async fn verified(store: &dyn Store, account: model::AccountId, run: RunId) -> Verification {
    let now = async || verification(store, account).await.unwrap();
    eventually("the files are verified", LONG, async || {
        now()
            .await
            .is_some_and(|v| v.run >= run.0 && v.finished_at.is_some())
    })
    .await;
    now().await.unwrap()
}

async fn reason(store: &dyn Store, account: model::AccountId, row: &Row) -> Option<String> {
    let jobs = store.media_jobs(account, &[MediaId(row.media)]).await.unwrap();
    assert!(jobs[0].stored.is_some(), "the row is not lost");
    jobs[0].reason.clone()
}

/// In a cluster two downloaders are there, and one Telegram authorization for them.
async fn damage_is_repaired(mode: Mode) {
    let mut bed = Bed::with(scenario::small(5), mode).await.unwrap();
    bed.verify_media = true;
    bed.log_in().await.unwrap();
    let mut running = Vec::new();
    for name in processes(mode) {
        running.push(bed.process(name).await.unwrap());
    }
    if mode == Mode::Cluster {
        running.push(bed.process("media-downloader").await.unwrap());
    }
    let first = next_run(&mut bed, None).await;
    every_file_is_here(&mut bed).await;
    let (store, account) = (bed.stores().await.unwrap().all, bed.account);
    verified(&*store, account, first).await;

    let pool = bed.pool().await.unwrap();
    let (alice, news) = (ChatId(2001), ChatId::channel(4001));
    let found = rows(&bed, &pool, alice, 6).await;
    let [missing, empty, other, unlinked, dangling, deleted] = &found[..] else {
        unreachable!("six were asked for")
    };
    let lost = &rows(&bed, &pool, news, 1).await[0];
    let blobs = DiskBlobs::new(bed.media(), true);
    let spoiled = |row: &Row| vec![b'?'; row.size as usize];
    std::fs::remove_file(blobs.path(&missing.sha256)).unwrap();
    std::fs::write(blobs.path(&empty.sha256), "").unwrap();
    std::fs::write(blobs.path(&other.sha256), spoiled(other)).unwrap();
    std::fs::remove_file(&unlinked.path).unwrap();
    std::fs::remove_file(&dangling.path).unwrap();
    std::os::unix::fs::symlink("../_shared/00/gone", &dangling.path).unwrap();
    std::fs::write(blobs.path(&deleted.sha256), spoiled(deleted)).unwrap();
    let bytes = std::fs::read(blobs.path(&lost.sha256)).unwrap();
    std::fs::remove_file(blobs.path(&lost.sha256)).unwrap();
    {
        let mut world = bed.sim.world();
        world.delete(ACCOUNT, alice, &[deleted.id as i32]);
        world.lose_access(ACCOUNT, news, true);
        world.expire_file_references();
    }
    let parts = |bed: &Bed| {
        bed.sim
            .counters()
            .calls
            .get("upload.getFile")
            .copied()
            .unwrap_or(0)
    };
    let before = parts(&bed);
    // The leases end with it, and a run begins with the next.
    bed.clock.advance(Duration::from_hours(1));
    let second = next_run(&mut bed, Some(first)).await;
    let result = verified(&*store, account, second).await;
    assert_eq!(
        (result.fetched, result.mended, result.lost),
        (3, 2, 2),
        "{result:?}"
    );
    assert_eq!(result.checked, result.total);
    // Each small file with an old reference, once refused and once given.
    assert_eq!(
        parts(&bed) - before,
        2 * 3 + 2,
        "one process verifies, and only what is damaged is fetched"
    );
    for row in [missing, empty, other, unlinked, dangling] {
        assert_eq!(blobs.check(&row.sha256, row.size).await.unwrap(), None);
        let shown = std::fs::canonicalize(&row.path).unwrap();
        assert_eq!(shown, std::fs::canonicalize(blobs.path(&row.sha256)).unwrap());
        assert_eq!(reason(&*store, account, row).await, None);
    }
    eventually("the reasons are told", LONG, async || {
        reason(&*store, account, deleted).await.as_deref() == Some("wrong_bytes: message_deleted")
            && reason(&*store, account, lost).await.as_deref() == Some("missing: access_lost")
    })
    .await;
    let kept = std::fs::read(blobs.path(&deleted.sha256)).unwrap();
    assert_eq!(kept, spoiled(deleted), "what cannot be replaced is kept");

    // Somebody puts the file back.
    std::fs::write(blobs.path(&lost.sha256), bytes).unwrap();
    bed.clock.advance(Duration::from_hours(1));
    let third = next_run(&mut bed, Some(second)).await;
    let result = verified(&*store, account, third).await;
    assert_eq!(
        (result.fetched, result.mended, result.lost),
        (0, 0, 1),
        "{result:?}"
    );
    eventually("the reason is over", LONG, async || {
        reason(&*store, account, lost).await.is_none()
    })
    .await;
    for process in running {
        process.stop(Duration::from_secs(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_repairs_what_is_damaged_and_keeps_what_it_cannot() {
    damage_is_repaired(Mode::Node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_downloaders_one_repairs_what_is_damaged() {
    damage_is_repaired(Mode::Cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_goes_on_where_it_was_interrupted() {
    let mut bed = Bed::new(scenario::small(6)).await.unwrap();
    bed.log_in().await.unwrap();
    let node = bed.node().await.unwrap();
    let run = next_run(&mut bed, None).await;
    every_file_is_here(&mut bed).await;
    node.stop(Duration::from_secs(10)).await;
    let (store, account) = (bed.stores().await.unwrap().all, bed.account);
    let pool = bed.pool().await.unwrap();
    let found = rows(&bed, &pool, ChatId(2001), 3).await;
    let blobs = DiskBlobs::new(bed.media(), true);
    for row in [&found[0], &found[2]] {
        std::fs::remove_file(blobs.path(&row.sha256)).unwrap();
    }
    let half = Verification {
        run: run.0,
        after: found[1].media,
        checked: 500,
        fetched: 7,
        ..Verification::default()
    };
    let key = format!("media.verification.{}", account.0);
    let text = serde_json::to_string(&half).unwrap();
    store.set_meta(&key, Some(&text)).await.unwrap();
    bed.verify_media = true;
    let node = bed.node().await.unwrap();
    let first = async || verification(&*store, account).await.unwrap().unwrap();
    eventually("the half is finished", LONG, async || first().await.fetched == 8).await;
    assert_eq!(
        blobs.check(&found[0].sha256, found[0].size).await.unwrap(),
        Some(Damage::Missing),
        "what was done is not done again"
    );
    let next = next_run(&mut bed, Some(run)).await;
    let result = verified(&*store, account, next).await;
    assert_eq!(
        result.fetched, 1,
        "the next one begins at the beginning: {result:?}"
    );
    node.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_avatar_that_changes_without_a_word_is_found_when_it_is_time() {
    let mut bed = Bed::new(scenario::small(7)).await.unwrap();
    bed.avatar_refresh = Some(Duration::from_hours(24));
    bed.log_in().await.unwrap();
    let node = bed.node().await.unwrap();
    let first = next_run(&mut bed, None).await;
    let pool = bed.pool().await.unwrap();
    let strangers = async || -> Vec<(i64, i64)> {
        let sql = "SELECT id, seen FROM users WHERE NOT min AND NOT is_self AND NOT deleted ORDER BY id";
        sqlx::query_as(sql).fetch_all(&pool).await.unwrap()
    };
    let before = strangers().await;
    bed.clock.advance(Duration::from_hours(1));
    let second = next_run(&mut bed, Some(first)).await;
    let after = strangers().await;
    let quiet: Vec<i64> = before.iter().filter(|u| after.contains(u)).map(|u| u.0).collect();
    let user = *quiet.first().expect("somebody is on no list and writes no more");
    let photo = 77_000_001;
    bed.sim.world().set_photo(ChatId(user), photo);
    let avatars = async || -> Vec<(i64, String)> {
        let sql = "SELECT file_id, state FROM media WHERE owner = 'avatar' AND id = $1 ORDER BY media";
        sqlx::query_as(sql).bind(user).fetch_all(&pool).await.unwrap()
    };
    let known = avatars().await;
    bed.clock.advance(Duration::from_hours(22));
    let third = next_run(&mut bed, Some(second)).await;
    assert_eq!(avatars().await.len(), known.len(), "it is not time yet");
    bed.clock.advance(Duration::from_hours(2));
    next_run(&mut bed, Some(third)).await;
    eventually("the new avatar is here", LONG, async || {
        avatars().await.contains(&(photo, "stored".to_owned()))
    })
    .await;
    assert_eq!(avatars().await.len(), known.len() + 1, "the old ones stay");
    let file = bed.media().join(format!("avatars/users/{user}_{photo}.jpg"));
    assert!(std::fs::metadata(&file).unwrap().len() > 0);
    node.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_to_a_bucket_as_soon_as_it_can_be_reached() {
    // A second test of the process finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut server = Seaweed::start().await.unwrap();
    let bucket = server.bucket().await.unwrap();
    server.kill().await.unwrap();
    let mut bed = Bed::new(scenario::small(8)).await.unwrap();
    let place = BlobSettings::S3 {
        options: S3Options {
            bucket,
            prefix: "archive".to_owned(),
            endpoint: Some(server.url()),
            region: "us-east-1".to_owned(),
            access_key_id: SecretString::from(Seaweed::ACCESS_KEY_ID),
            secret_access_key: SecretString::from(Seaweed::SECRET_ACCESS_KEY),
        },
        scratch: bed.folder.path().join("scratch"),
    };
    bed.blobs = Some(place.clone());
    bed.log_in().await.unwrap();
    let node = bed.node().await.unwrap();
    let state = node.state.media.clone();
    let blocked = async || state.borrow().blocked.clone().unwrap_or_default();
    eventually("the state says why files wait", LONG, async || {
        blocked().await.contains("cannot be reached")
    })
    .await;
    next_run(&mut bed, None).await;
    server.start_again().await.unwrap();
    every_file_is_here(&mut bed).await;
    assert_eq!(blocked().await, "");
    let blobs: Arc<dyn Blobs> = open_blobs(&place).unwrap();
    let store = bed.stores().await.unwrap().all;
    let held = store.stored_media(bed.account, MediaId(0), 1000).await.unwrap();
    assert!(held.len() > 30);
    for job in held {
        let file = job.stored.unwrap();
        assert_eq!(blobs.check(&file.sha256, file.size as u64).await.unwrap(), None);
        assert_eq!(file.path, None);
    }
    let left = std::fs::read_dir(bed.folder.path().join("scratch"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "nothing is left of what went up");
    node.stop(Duration::from_secs(10)).await;
}
