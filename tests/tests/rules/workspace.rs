//! The members of the workspace and their files.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::source::Source;

/// When a dependency is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In what is shipped.
    Normal,
    /// In tests, examples and benches.
    Dev,
    /// In a build script.
    Build,
}

/// One line of a `[dependencies]` table.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// A member of the workspace.
    pub(crate) ours: bool,
}

/// A member of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a member")
        .to_owned()
}

/// A file of the repository.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The members, as cargo sees them.
pub(crate) fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo answers in JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 15, "all members are listed");
    packages.iter().map(package).collect()
}

fn package(value: &Value) -> Package {
    let name = text(&value["name"]);
    let dependencies = value["dependencies"].as_array().expect("dependencies");
    Package {
        folder: Path::new(&text(&value["manifest_path"]))
            .parent()
            .expect("a folder")
            .to_owned(),
        dependencies: dependencies
            .iter()
            .map(|value| Dependency {
                name: text(&value["name"]),
                kind: match value["kind"].as_str() {
                    None => Kind::Normal,
                    Some("dev") => Kind::Dev,
                    Some("build") => Kind::Build,
                    Some(kind) => panic!("an unknown kind of dependency: {kind}"),
                },
                ours: value["path"].is_string(),
            })
            // A crate that turns on its own features for its tests.
            .filter(|dependency| dependency.name != name)
            .collect(),
        name,
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// The Rust files below a folder, with their paths relative to it. A folder that does not exist has none.
pub(crate) fn sources(folder: &Path) -> Vec<(String, Source)> {
    let mut found = Vec::new();
    collect(folder, folder, &mut found);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, Source)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a readable file");
            let name = path.strip_prefix(root).expect("below the root");
            found.push((name.to_string_lossy().into_owned(), Source::new(&text)));
        }
    }
}
