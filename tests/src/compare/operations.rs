//! Operations, verdicts and incidents agree with each other: what is held stands in exactly one open incident.

use sqlx::{AnyConnection, Row as _};

use super::stored::Stored;
use super::{ByMessage, Comparison};

pub(super) async fn compare(
    c: &mut Comparison,
    database: &mut AnyConnection,
    stored: &ByMessage<Stored>,
) -> anyhow::Result<()> {
    let rows = sqlx::query(
        "SELECT o.box, o.id, o.kind, o.state, v.verdict, v.incident, CAST(i.approved IS NULL AS integer) AS undecided,
                i.incident AS known
         FROM operations o
         LEFT JOIN verdicts v ON v.operation = o.operation
         LEFT JOIN incidents i ON i.incident = v.incident",
    )
    .fetch_all(&mut *database)
    .await?;
    for row in &rows {
        let (message, kind, state): ((i64, i64), &str, &str) =
            ((row.get("box"), row.get("id")), row.get("kind"), row.get("state"));
        let verdict: Option<&str> = row.get("verdict");
        let incident: Option<i64> = row.get("incident");
        let open = row.get::<Option<i64>, _>("known").is_some() && row.get::<i64, _>("undecided") != 0;
        let agreed = match state {
            "held" => verdict == Some("held") && open,
            "admitted" => verdict == Some("admitted") && !open,
            // Of a message that is stored, the message tells.
            _ => stored.contains_key(&message),
        };
        c.held += usize::from(state == "held");
        if !agreed {
            c.differences.push(format!(
                "the {kind} of message {} of box {} is {state}, its verdict {verdict:?}, its incident {incident:?}, open: \
                 {open}",
                message.1, message.0
            ));
        }
    }
    let rows = sqlx::query(
        "SELECT i.incident, i.kind, i.deletions, i.edits,
                CAST(coalesce(sum(CASE WHEN v.kind = 'delete' THEN 1 ELSE 0 END), 0) AS bigint) AS deleted,
                CAST(coalesce(sum(CASE WHEN v.kind = 'edit' THEN 1 ELSE 0 END), 0) AS bigint) AS edited
         FROM incidents i LEFT JOIN verdicts v ON v.incident = i.incident
         GROUP BY i.incident, i.kind, i.deletions, i.edits",
    )
    .fetch_all(&mut *database)
    .await?;
    for row in &rows {
        let counted: (i64, i64) = (row.get("deletions"), row.get("edits"));
        let held: (i64, i64) = (row.get("deleted"), row.get("edited"));
        if counted != held {
            c.differences.push(format!(
                "incident {} ({}) says {counted:?} deletions and edits, {held:?} stand in it",
                row.get::<i64, _>("incident"),
                row.get::<&str, _>("kind")
            ));
        }
    }
    let orphans = sqlx::query(
        "SELECT t.box, t.id FROM tombstones t
         LEFT JOIN operations o ON (o.account, o.box, o.id, o.kind, o.state) = (t.account, t.box, t.id, 'delete', 'admitted')
         WHERE o.operation IS NULL",
    )
    .fetch_all(&mut *database)
    .await?;
    for row in &orphans {
        let message: (i64, i64) = (row.get("box"), row.get("id"));
        // Of a message that is stored, the message tells.
        if !stored.contains_key(&message) {
            c.differences.push(format!(
                "message {} of box {} has a tombstone that nobody admitted",
                message.1, message.0
            ));
        }
    }
    Ok(())
}
