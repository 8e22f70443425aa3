//! What the disk of temporary files can do.

use std::io::Write as _;
use std::time::{Duration, Instant};

use tests::report::{Report, Want};

const BLOCK: usize = 1 << 20;
const BLOCKS: usize = 512;

pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let mut file = tempfile::tempfile()?;
    let block = vec![0x5a_u8; BLOCK];
    let begin = Instant::now();
    for _ in 0..BLOCKS {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    let rate = (BLOCK * BLOCKS) as f64 / 1e6 / begin.elapsed().as_secs_f64();
    report.add("disk: written and synced", rate, "MB/s", Want::Nothing);
    let (begin, mut syncs) = (Instant::now(), 0);
    while begin.elapsed() < Duration::from_secs(2) {
        file.write_all(&block[..4096])?;
        file.sync_data()?;
        syncs += 1;
    }
    let rate = f64::from(syncs) / begin.elapsed().as_secs_f64();
    report.add("disk: fdatasync of 4 KiB", rate, "per second", Want::Nothing);
    Ok(())
}
