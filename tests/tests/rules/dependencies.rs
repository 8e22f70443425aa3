//! Every crate of others is used and has its line in `docs/dependencies.md`.

use std::collections::BTreeSet;

use crate::workspace::{Kind, Package, packages, read, sources};

/// The first column of the table: names in backticks, or bare, with commas between them.
fn explained(text: &str) -> Vec<String> {
    text.lines()
        .skip_while(|line| !line.starts_with("| crate |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.trim_start_matches('|').split('|').next())
        .flat_map(|cell| cell.split(','))
        .map(|name| name.trim().trim_matches('`').to_owned())
        .collect()
}

/// The names under a heading of a Cargo.toml.
fn section(manifest: &str, heading: &str) -> BTreeSet<String> {
    manifest
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        // Our own are listed all.
        .filter(|line| !line.starts_with('#') && !line.contains("path = \""))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().to_owned())
        .collect()
}

fn difference(a: &BTreeSet<String>, b: &BTreeSet<String>) -> Vec<String> {
    a.difference(b).cloned().collect()
}

/// The dependencies of a member that none of its files names.
fn unused(package: &Package) -> Vec<String> {
    let words = |folders: &[&str]| -> BTreeSet<String> {
        folders
            .iter()
            .flat_map(|folder| sources(&package.folder.join(folder)))
            .flat_map(|(_, source)| source.words().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    let tested = words(&["src", "tests", "examples", "benches"]);
    // The scenarios are all test.
    let shipped = if package.name == "tests" {
        tested.clone()
    } else {
        words(&["src"])
    };
    package
        .dependencies
        .iter()
        .filter(|dependency| {
            let name = dependency.name.replace('-', "_");
            match dependency.kind {
                Kind::Normal => !shipped.contains(&name),
                Kind::Dev => !tested.contains(&name),
                Kind::Build => false,
            }
        })
        .map(|dependency| format!("{} -> {}", package.name, dependency.name))
        .collect()
}

#[test]
fn every_dependency_is_explained_once() {
    let lines = explained(&read("docs/dependencies.md"));
    let explained: BTreeSet<String> = lines.iter().cloned().collect();
    assert_eq!(lines.len(), explained.len(), "a crate has two lines");
    let direct: BTreeSet<String> = packages()
        .iter()
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| !dependency.ours)
        .map(|dependency| dependency.name.clone())
        .collect();
    assert!(direct.len() > 30, "the dependencies are found");
    assert_eq!(
        difference(&direct, &explained),
        Vec::<String>::new(),
        "add a line to docs/dependencies.md"
    );
    assert_eq!(
        difference(&explained, &direct),
        Vec::<String>::new(),
        "docs/dependencies.md explains what nobody uses"
    );
}

#[test]
fn the_workspace_lists_what_a_member_uses() {
    let listed = section(&read("Cargo.toml"), "[workspace.dependencies]");
    assert!(listed.len() > 30, "the list is found");
    let used: BTreeSet<String> = packages()
        .iter()
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| !dependency.ours)
        .map(|dependency| dependency.name.clone())
        .collect();
    assert_eq!(
        difference(&listed, &used),
        Vec::<String>::new(),
        "no member has these"
    );
    assert_eq!(
        difference(&used, &listed),
        Vec::<String>::new(),
        "list these in the root, `workspace = true` in the member"
    );
}

#[test]
fn every_dependency_of_a_member_is_used() {
    let unused: Vec<String> = packages().iter().flat_map(unused).collect();
    assert!(unused.is_empty(), "take these out:\n{}", unused.join("\n"));
}

/// The dependencies of ours whose raw interface may break in any minor version and are not held to one.
fn loose(manifest: &str) -> Vec<&str> {
    let grammers = manifest.lines().filter(|line| line.starts_with("grammers-"));
    grammers.filter(|line| !line.contains("\"=")).collect()
}

#[test]
fn grammers_is_pinned() {
    assert_eq!(loose(&read("Cargo.toml")), Vec::<&str>::new());
    assert_eq!(
        loose("grammers-a = \"=1.0.0\"\ngrammers-b = { version = \"1\" }").len(),
        1
    );
}

#[test]
fn rows_and_sections_are_read() {
    let doc = "# Title\n| crate | what for |\n|---|---|\n| a-b | x, y |\n| `c`, d | z |\n\n| e | no |";
    assert_eq!(explained(doc), ["a-b", "c", "d"]);
    let manifest = "[workspace]\nx = 1\n[workspace.dependencies]\n# Ours.\na = \"1\"\nours = { path = \"x\" }\nb = { version = \"2\" }\n\n[lints]\nc = 3";
    let names: Vec<String> = section(manifest, "[workspace.dependencies]")
        .into_iter()
        .collect();
    assert_eq!(names, ["a", "b"]);
}
