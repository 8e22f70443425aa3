//! What the scripts of the Makefile keep to.

use std::process::{Command, Output};

use crate::workspace::{read, root};

/// A path below `target` that another `CARGO_TARGET_DIR` would not move.
fn fixed_target(text: &str) -> bool {
    text.contains("target/release") || text.contains("target/debug")
}

#[test]
fn scripts_honour_another_target_folder() {
    let mut seen = 0;
    for entry in root().join("tools").read_dir().expect("tools") {
        let path = entry.expect("an entry").path();
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        seen += 1;
        assert!(
            !fixed_target(&text),
            "{} ignores CARGO_TARGET_DIR",
            path.display()
        );
    }
    assert!(seen > 8, "the scripts are found");
    assert!(
        !fixed_target(&read("Makefile")),
        "the Makefile ignores CARGO_TARGET_DIR"
    );
    assert!(fixed_target("exec target/release/bench"));
    assert!(!fixed_target(
        "exec \"${CARGO_TARGET_DIR:-target}/release/bench\""
    ));
}

/// `tools/credentials` in a clone with this `.env` and this environment.
fn credentials(env: &str, variables: &[(&str, &str)]) -> Output {
    let clone = tempfile::tempdir().expect("a folder");
    for path in [
        "tools/credentials",
        "services/telegram-archive/src/settings/credentials.txt",
    ] {
        let copy = clone.path().join(path);
        std::fs::create_dir_all(copy.parent().expect("a folder")).expect("a folder");
        std::fs::copy(root().join(path), copy).expect("a copy");
    }
    std::fs::write(clone.path().join(".env"), env).expect(".env");
    let mut command = Command::new(clone.path().join("tools/credentials"));
    for variable in ["TELEGRAM_API_ID", "TELEGRAM_API_HASH", "TELEGRAM_PHONE"] {
        command
            .env_remove(variable)
            .env_remove(format!("{variable}_FILE"));
    }
    command
        .envs(variables.iter().copied())
        .output()
        .expect("the script runs")
}

#[test]
fn missing_credentials_are_told_before_anything_is_built() {
    let told = |env: &str, variables: &[(&str, &str)]| {
        let output = credentials(env, variables);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    let all = told("", &[]);
    for words in [
        "missing: TELEGRAM_API_ID, TELEGRAM_API_HASH, TELEGRAM_PHONE.",
        "https://my.telegram.org/apps",
    ] {
        assert!(all.contains(words), "{all}");
    }
    let odd = "\u{feff}export TELEGRAM_API_ID = 1\r\n# TELEGRAM_API_HASH=x\r\nTELEGRAM_API_HASH= # none\r\nTELEGRAM_PHONE=\"\"\r\n";
    let two = told(odd, &[("TELEGRAM_PHONE", " ")]);
    assert!(
        two.contains("missing: TELEGRAM_API_HASH, TELEGRAM_PHONE."),
        "{two}"
    );
    let one = told(odd, &[("TELEGRAM_PHONE_FILE", "/run/secrets/phone")]);
    assert!(one.contains("missing: TELEGRAM_API_HASH."), "{one}");
    let env = "TELEGRAM_API_ID=1\nTELEGRAM_API_HASH='a'\nTELEGRAM_PHONE=\"+1\"\n";
    assert!(credentials(env, &[]).status.success());

    // `make run` asks first, and before the page is built.
    let makefile = read("Makefile");
    assert!(
        makefile.contains("\nrun: credentials setup-build web"),
        "{makefile}"
    );
}
