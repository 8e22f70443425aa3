//! The environment is read in one place: the settings of the binary.

use crate::source::{Source, is_word};
use crate::workspace::{packages, root, sources};

/// Where it may be read.
const PLACES: [&str; 2] = [
    "services/telegram-archive/src/settings/",
    // Servers for tests; never shipped.
    "crates/testkit/src/",
];

const FUNCTIONS: [&str; 6] = ["var", "vars", "var_os", "vars_os", "set_var", "remove_var"];

/// What of `std::env` a file uses that reads or changes variables.
fn uses(source: &Source) -> Option<String> {
    let code: String = source.code.chars().filter(|c| !c.is_whitespace()).collect();
    code.match_indices("env::").find_map(|(at, found)| {
        let rest = &code[at + found.len()..];
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or(""),
            None => rest.split(|c| !is_word(c) && c != '*').next().unwrap_or(""),
        };
        names
            .split(',')
            .find(|name| FUNCTIONS.contains(name) || *name == "*")
            .map(|name| format!("env::{name}"))
    })
}

#[test]
fn only_the_settings_read_the_environment() {
    let root = root();
    let mut offences = Vec::new();
    let mut seen = 0;
    for package in packages() {
        let folder = package.folder.join("src");
        let prefix = folder.strip_prefix(&root).expect("a member").to_string_lossy();
        for (name, source) in sources(&folder) {
            seen += 1;
            let path = format!("{prefix}/{name}");
            if let Some(used) = uses(&source)
                && !PLACES.iter().any(|place| path.starts_with(place))
            {
                offences.push(format!("{path}: {used}"));
            }
        }
    }
    assert!(seen > 100, "the sources are found");
    assert!(
        offences.is_empty(),
        "take it as an argument instead:\n{}",
        offences.join("\n")
    );
}

#[test]
fn a_read_is_found_however_it_is_written() {
    for text in [
        "let home = std::env::var(\"HOME\");",
        "use std::env; fn f() { env :: vars_os(); }",
        "use std::env::{args, set_var};",
        "use std::env::*;",
    ] {
        assert!(uses(&Source::new(text)).is_some(), "{text}");
    }
    for text in [
        "std::env::temp_dir(); env!(\"CARGO\")",
        "// std::env::var\n\"std::env::var\"",
    ] {
        assert_eq!(uses(&Source::new(text)), None, "{text}");
    }
}
