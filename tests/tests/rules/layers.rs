//! The direction of dependencies: telegram-archive -> assembly -> adapters -> ports -> model. Service libraries know
//! ports and the service kit, never an adapter and never another service.

use crate::workspace::{Dependency, Kind, Package, packages};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Model,
    Wire,
    Port,
    /// An implementation of the port of this name.
    Adapter(&'static str),
    Kit,
    /// A rule over ports that several services share.
    Shared,
    Service,
    Assembly,
    Binary,
    /// What tests stand on; never in what is shipped.
    Support,
    Scenarios,
}

/// Where each member stands. `blobs` and `telegram` hold their port and its adapter in one crate.
const LAYERS: [(&str, Layer); 24] = [
    ("model", Layer::Model),
    ("wire", Layer::Wire),
    ("bus", Layer::Port),
    ("store", Layer::Port),
    ("blobs", Layer::Port),
    ("telegram", Layer::Port),
    ("bus-nats", Layer::Adapter("bus")),
    ("store-postgres", Layer::Adapter("store")),
    ("store-sqlite", Layer::Adapter("store")),
    ("service-kit", Layer::Kit),
    ("gate", Layer::Shared),
    ("fetcher", Layer::Service),
    ("writer", Layer::Service),
    ("rate-limiter", Layer::Service),
    ("media-downloader", Layer::Service),
    ("notifier", Layer::Service),
    ("viewer", Layer::Service),
    ("assembly", Layer::Assembly),
    ("telegram-archive", Layer::Binary),
    ("telegram-sim", Layer::Support),
    ("drawings", Layer::Support),
    ("demo", Layer::Support),
    ("testkit", Layer::Support),
    ("tests", Layer::Scenarios),
];

/// An edge beside the layers, with its reason.
const ALSO: [(&str, &str, &str); 2] = [
    ("telegram", "store", "Telegram's sessions are kept in the store"),
    ("telegram-sim", "drawings", "pictures of its demo"),
];

/// Crates of others that only some members may use. A name that ends with `-` stands for all that begin so.
const CONFINED: [(&str, &[&str]); 7] = [
    ("grammers-", &["telegram", "telegram-sim"]),
    // The scenarios compare rows by plain SQL.
    ("sqlx", &["store-postgres", "store-sqlite", "tests"]),
    ("async-nats", &["bus-nats"]),
    ("object_store", &["blobs"]),
    ("actix-web", &["service-kit", "viewer", "telegram-sim"]),
    ("clap", &["telegram-archive", "telegram-sim", "demo", "tests"]),
    (
        "anyhow",
        &[
            "telegram-archive",
            "assembly",
            "telegram-sim",
            "demo",
            "testkit",
            "tests",
        ],
    ),
];

fn layer(name: &str) -> Option<Layer> {
    LAYERS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, layer)| *layer)
}

fn may_know(from: (&str, Layer), to: (&str, Layer), kind: Kind) -> bool {
    let contract = matches!(to.1, Layer::Model | Layer::Wire);
    let port = contract || to.1 == Layer::Port;
    let shipped = match from.1 {
        Layer::Model => false,
        Layer::Wire | Layer::Kit | Layer::Support => to.1 == Layer::Model,
        Layer::Port => contract,
        Layer::Adapter(own) => contract || to.0 == own,
        Layer::Shared => port,
        Layer::Service => port || matches!(to.1, Layer::Kit | Layer::Shared),
        Layer::Assembly => port || matches!(to.1, Layer::Kit | Layer::Adapter(_) | Layer::Service),
        Layer::Binary => port || matches!(to.1, Layer::Kit | Layer::Service | Layer::Assembly),
        Layer::Scenarios => true,
    };
    let tested = kind == Kind::Dev && (contract || matches!(to.1, Layer::Adapter(_) | Layer::Support));
    shipped || tested || ALSO.iter().any(|(a, b, _)| (*a, *b) == (from.0, to.0))
}

fn confined_elsewhere(package: &str, dependency: &Dependency) -> bool {
    CONFINED.iter().any(|(name, members)| {
        let named = if name.ends_with('-') {
            dependency.name.starts_with(name)
        } else {
            dependency.name == *name
        };
        named && !members.contains(&package)
    })
}

/// The edges that point the wrong way.
fn offences(packages: &[Package]) -> Vec<String> {
    let mut offences = Vec::new();
    for package in packages {
        let Some(from) = layer(&package.name) else {
            offences.push(format!("{}: say in LAYERS where it stands", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let edge = format!("{} -> {} ({:?})", package.name, dependency.name, dependency.kind);
            if !dependency.ours {
                if confined_elsewhere(&package.name, dependency) {
                    offences.push(format!("{edge}: not in this crate"));
                }
                continue;
            }
            // An unknown target is told where it is a package itself.
            if let Some(to) = layer(&dependency.name)
                && !may_know((&package.name, from), (&dependency.name, to), dependency.kind)
            {
                offences.push(format!("{edge}: {from:?} may not know {to:?}"));
            }
        }
    }
    offences
}

#[test]
fn dependencies_point_down() {
    let packages = packages();
    for (name, _) in LAYERS {
        assert!(
            packages.iter().any(|package| package.name == name),
            "{name} is in LAYERS but not in the workspace"
        );
    }
    let offences = offences(&packages);
    assert!(offences.is_empty(), "wrong edges:\n{}", offences.join("\n"));
}

mod wrong_graphs {
    use super::*;

    fn edge(from: &str, to: &str, kind: Kind, ours: bool) -> Vec<String> {
        offences(&[Package {
            name: from.to_owned(),
            folder: "unused".into(),
            dependencies: vec![Dependency {
                name: to.to_owned(),
                kind,
                ours,
            }],
        }])
    }

    #[test]
    fn an_edge_that_points_up_or_aside_is_named() {
        for (from, to) in [
            ("fetcher", "store-sqlite"),
            ("fetcher", "writer"),
            ("viewer", "assembly"),
            ("writer", "testkit"),
            ("model", "wire"),
            ("store", "bus"),
            ("bus-nats", "store"),
            ("store-postgres", "store-sqlite"),
            ("service-kit", "store"),
            ("gate", "viewer"),
            ("store", "gate"),
            ("assembly", "telegram-archive"),
            ("assembly", "telegram-sim"),
            ("telegram-archive", "store-sqlite"),
            ("telegram-archive", "bus-nats"),
        ] {
            let told = edge(from, to, Kind::Normal, true);
            assert_eq!(told.len(), 1, "{from} -> {to}");
            assert!(told[0].starts_with(&format!("{from} -> {to} (Normal)")));
        }
    }

    #[test]
    fn tests_may_stand_on_adapters_but_not_on_services() {
        assert!(edge("fetcher", "store-sqlite", Kind::Dev, true).is_empty());
        assert!(edge("telegram", "telegram-sim", Kind::Dev, true).is_empty());
        assert_eq!(edge("fetcher", "writer", Kind::Dev, true).len(), 1);
        assert_eq!(edge("writer", "assembly", Kind::Dev, true).len(), 1);
        assert_eq!(edge("writer", "store-sqlite", Kind::Build, true).len(), 1);
    }

    #[test]
    fn a_confined_crate_is_refused_elsewhere_in_tests_too() {
        for (from, to) in [
            ("fetcher", "grammers-tl-types"),
            ("writer", "sqlx"),
            ("bus", "async-nats"),
            ("media-downloader", "object_store"),
            ("store", "anyhow"),
        ] {
            assert_eq!(edge(from, to, Kind::Normal, false).len(), 1, "{from} -> {to}");
            assert_eq!(edge(from, to, Kind::Dev, false).len(), 1, "{from} -> {to}");
        }
        assert!(edge("telegram", "grammers-session", Kind::Normal, false).is_empty());
    }

    #[test]
    fn a_member_without_a_layer_is_told() {
        assert_eq!(edge("importer", "model", Kind::Normal, true).len(), 1);
    }
}
