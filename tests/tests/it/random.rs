//! Ten random days in each mode; `make soak SEEDS=n` runs any number.

use tests::installation::Mode;
use tests::random::{day, run};

const STEPS: usize = 40;

async fn a_day(mode: Mode, seed: u64) {
    let steps = day(seed, STEPS);
    if let Err(error) = run(mode, seed, &steps).await {
        panic!(
            "{mode:?}, seed {seed}: {error:#}\n{}",
            serde_json::to_string(&steps).unwrap()
        );
    }
}

macro_rules! days {
    ($($name:ident: $mode:expr, $seed:expr;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            a_day($mode, $seed).await;
        })*
    };
}

days! {
    node_1: Mode::Node, 1;
    node_2: Mode::Node, 2;
    node_3: Mode::Node, 3;
    node_4: Mode::Node, 4;
    node_5: Mode::Node, 5;
    node_6: Mode::Node, 6;
    node_7: Mode::Node, 7;
    node_8: Mode::Node, 8;
    node_9: Mode::Node, 9;
    node_10: Mode::Node, 10;
    cluster_1: Mode::Cluster, 1;
    cluster_2: Mode::Cluster, 2;
    cluster_3: Mode::Cluster, 3;
    cluster_4: Mode::Cluster, 4;
    cluster_5: Mode::Cluster, 5;
    cluster_6: Mode::Cluster, 6;
    cluster_7: Mode::Cluster, 7;
    cluster_8: Mode::Cluster, 8;
    cluster_9: Mode::Cluster, 9;
    cluster_10: Mode::Cluster, 10;
}
