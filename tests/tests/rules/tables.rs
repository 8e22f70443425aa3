//! Each table has one writer (law 9). `docs/architecture.md` says which, behind which port, and in which module of both
//! stores its SQL stands; here the SQL and the services are held against it.

use std::collections::BTreeSet;

use crate::source::{Source, is_word};
use crate::workspace::{packages, read, root, sources};

const STORES: [&str; 2] = ["crates/store-sqlite", "crates/store-postgres"];

/// A row of the table of owners.
#[derive(Debug)]
struct Owner {
    /// Names of tables; one that ends with `*` stands for all that begin so.
    tables: Vec<String>,
    writer: String,
    ports: Vec<String>,
    modules: Vec<String>,
}

impl Owner {
    fn owns(&self, table: &str) -> bool {
        self.tables.iter().any(|name| match name.strip_suffix('*') {
            Some(prefix) => table.starts_with(prefix),
            None => name == table,
        })
    }
}

/// The rows of `| tables | writer | port | module |`.
fn owners(text: &str) -> Vec<Owner> {
    text.lines()
        .skip_while(|line| !line.starts_with("| tables | writer |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let [tables, writer, ports, modules] = cells[..] else {
                panic!("four cells: {line}");
            };
            Owner {
                tables: quoted(tables),
                writer: writer.trim().to_owned(),
                ports: quoted(ports),
                modules: quoted(modules),
            }
        })
        .collect()
}

/// What stands in backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The tables of a migration.
fn created(sql: &str) -> BTreeSet<String> {
    let words: Vec<String> = words(sql).iter().map(|word| word.to_lowercase()).collect();
    (0..words.len())
        .filter(|&at| words[at] == "create")
        .filter_map(|at| {
            // At most `VIRTUAL` or the like stands between.
            let table = (at + 1..at + 3).find(|&next| words.get(next).is_some_and(|word| word == "table"))?;
            let exists = words.get(table + 1).is_some_and(|word| word == "if");
            words.get(table + if exists { 4 } else { 1 }).cloned()
        })
        .collect()
}

/// Words and placeholders (`{table}`) of SQL.
fn words(sql: &str) -> Vec<&str> {
    sql.split(|c: char| !is_word(c) && c != '{' && c != '}')
        .filter(|word| !word.is_empty())
        .collect()
}

/// The tables that a string writes to, if it is SQL that writes.
fn written(sql: &str) -> Vec<&str> {
    let words = words(sql);
    let is = |at: usize, word: &str| {
        words
            .get(at)
            .is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    let mut tables = Vec::new();
    for at in 0..words.len() {
        let table = if is(at, "into")
            && (is(at.wrapping_sub(1), "insert") || is(at.wrapping_sub(3), "insert"))
            || is(at, "into") && (is(at.wrapping_sub(1), "replace") || is(at.wrapping_sub(1), "merge"))
            || is(at, "delete") && is(at + 1, "from")
        {
            at + if is(at, "delete") { 2 } else { 1 }
        } else if is(at, "update") && !is(at + 1, "set") && (at + 2..at + 5).any(|next| is(next, "set")) {
            at + if is(at + 1, "or") { 3 } else { 1 }
        } else if words[at] == "TRUNCATE" || words[at] == "COPY" {
            at + if is(at + 1, "table") { 2 } else { 1 }
        } else {
            continue;
        };
        tables.extend(words.get(table));
    }
    tables
}

/// What a file of a store writes against the table of owners.
fn wrong_writes(owners: &[Owner], file: &str, source: &Source) -> Vec<String> {
    let module = file.split(['/', '.']).next().expect("a module");
    let mut offences = Vec::new();
    let mut check = |table: &str| match owners.iter().find(|owner| owner.owns(table)) {
        None => offences.push(format!("{file} writes {table}, which has no owner")),
        Some(owner) if !owner.modules.iter().any(|name| name == module) => offences.push(format!(
            "{file} writes {table}, which belongs to {} in {:?}",
            owner.writer, owner.modules
        )),
        Some(_) => {}
    };
    for text in &source.strings {
        // A string that goes on in the next line.
        let sql = text.replace("\\\n", " ").replace("\\n", " ");
        for table in written(&sql) {
            if !table.starts_with('{') {
                check(table);
                continue;
            }
            // The name is put in: every table that the file names in a string of its own.
            let named: Vec<&String> = source
                .strings
                .iter()
                .filter(|name| owners.iter().any(|owner| owner.owns(name)))
                .collect();
            if named.is_empty() {
                check(table);
            }
            for name in named {
                check(name);
            }
        }
    }
    offences
}

/// Ports of another service's tables that a service names.
fn foreign_ports(owners: &[Owner], services: &[String], service: &str, source: &Source) -> Vec<String> {
    let foreign = owners
        .iter()
        .filter(|owner| services.contains(&owner.writer) && owner.writer != service);
    let named: BTreeSet<&str> = source.words().collect();
    foreign
        .flat_map(|owner| owner.ports.iter().map(|port| (port, &owner.writer)))
        .filter(|(port, _)| named.contains(port.as_str()))
        .map(|(port, owner)| format!("{service} uses {port}, the port of {owner}"))
        .collect()
}

fn documented() -> Vec<Owner> {
    let owners = owners(&read("docs/architecture.md"));
    assert!(owners.len() > 4, "docs/architecture.md has the table of owners");
    owners
}

#[test]
fn every_table_has_one_owner_and_every_owner_a_table() {
    let owners = documented();
    let mut all = BTreeSet::new();
    for store in STORES {
        let folder = root().join(store).join("migrations");
        let mut tables = BTreeSet::new();
        for entry in std::fs::read_dir(folder).expect("migrations") {
            let sql = std::fs::read_to_string(entry.expect("an entry").path()).expect("SQL");
            let words = words(&sql);
            let trigger = words
                .windows(2)
                .any(|w| w[0].eq_ignore_ascii_case("create") && w[1].eq_ignore_ascii_case("trigger"));
            assert!(!trigger, "{store}: a trigger writes in nobody's name");
            tables.extend(created(&sql));
        }
        assert!(tables.len() > 20, "{store}: its tables are found");
        for table in &tables {
            let count = owners.iter().filter(|owner| owner.owns(table)).count();
            assert_eq!(count, 1, "{store}: owners of {table} in docs/architecture.md");
        }
        all.extend(tables);
    }
    for owner in &owners {
        for name in &owner.tables {
            let meant = Owner {
                tables: vec![name.clone()],
                writer: String::new(),
                ports: Vec::new(),
                modules: Vec::new(),
            };
            assert!(
                all.iter().any(|table| meant.owns(table)),
                "docs/architecture.md names {name}, which no migration makes"
            );
        }
    }
}

#[test]
fn only_the_owner_writes_a_table() {
    let owners = documented();
    let mut offences = Vec::new();
    for store in STORES {
        let files = sources(&root().join(store).join("src"));
        let writes: usize = files
            .iter()
            .flat_map(|(_, source)| &source.strings)
            .map(|text| written(text).len())
            .sum();
        assert!(writes > 40, "{store}: its SQL is found");
        for (name, source) in &files {
            offences.extend(
                wrong_writes(&owners, name, source)
                    .into_iter()
                    .map(|offence| format!("{store}/src/{offence}")),
            );
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn a_service_uses_only_its_own_writing_ports() {
    let owners = documented();
    let services: Vec<_> = packages()
        .into_iter()
        .filter(|package| package.folder.starts_with(root().join("services")))
        // It puts them together, and its commands are a person's.
        .filter(|package| package.name != "telegram-archive")
        .collect();
    let names: Vec<String> = services.iter().map(|package| package.name.clone()).collect();
    assert!(
        ["writer", "rate-limiter", "fetcher"]
            .iter()
            .all(|name| owners.iter().any(|owner| owner.writer == *name)),
        "these write tables of their own"
    );
    let mut offences = Vec::new();
    for package in &services {
        for (_, source) in sources(&package.folder.join("src")) {
            offences.extend(foreign_ports(&owners, &names, &package.name, &source));
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

mod wrong_writers {
    use super::*;

    const TEXT: &str = "\
before
| tables | writer | port | module |
|---|---|---|---|
| `messages`, `search_*` | writer | `ArchiveWriter` | `apply`, `search` |
| `verdicts` | rate-limiter | `Verdicts` | `verdicts` |
after";

    fn told(file: &str, text: &str) -> Vec<String> {
        wrong_writes(&owners(TEXT), file, &Source::new(text))
    }

    #[test]
    fn a_write_by_another_is_told() {
        for sql in [
            "INSERT INTO messages (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 1",
            "insert or replace\\\n into messages VALUES (1)",
            "WITH x AS (DELETE FROM messages RETURNING 1) SELECT 1",
            "UPDATE messages AS m SET a = 1",
            "UPDATE OR IGNORE messages SET a = 1",
            "COPY messages FROM STDIN",
            "DELETE FROM search_words",
            "DELETE FROM unheard_of",
        ] {
            assert_eq!(
                told("verdicts/mod.rs", &format!("q(\"{sql}\")")).len(),
                1,
                "{sql}"
            );
        }
        let put_in = "for table in [\"messages\", \"verdicts\"] { format!(\"UPDATE {table} SET a = 1\") }";
        assert_eq!(told("apply/write.rs", put_in).len(), 1);
        assert_eq!(
            told("apply/write.rs", "format!(\"DELETE FROM {table}\")").len(),
            1
        );
    }

    #[test]
    fn its_own_and_a_read_are_none() {
        for text in [
            "\"INSERT INTO messages VALUES (1)\"",
            "\"SELECT a FROM verdicts FOR UPDATE SKIP LOCKED\"",
            "// \"DELETE FROM verdicts\"",
            "\"DELETE FROM search_words\"",
        ] {
            assert_eq!(told("apply/write.rs", text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_port_of_another_service_is_told() {
        let services = ["writer".to_owned(), "rate-limiter".to_owned()];
        let source = Source::new("pub struct Deps { pub verdicts: Arc<dyn Verdicts> } // ArchiveWriter");
        let told = |service| foreign_ports(&owners(TEXT), &services, service, &source);
        assert_eq!(told("writer"), ["writer uses Verdicts, the port of rate-limiter"]);
        assert!(told("rate-limiter").is_empty());
    }

    #[test]
    fn tables_of_a_migration_are_found() {
        let sql = "CREATE TABLE a (x int);\nCREATE UNLOGGED TABLE IF NOT EXISTS b (x int, y int);
            CREATE VIRTUAL TABLE c USING fts5 (text, tokenize = 'trigram');\nCREATE INDEX d ON a (x);";
        assert_eq!(Vec::from_iter(created(sql)), ["a", "b", "c"]);
    }
}
