//! Sets as multi-row statements of a few fixed sizes, so that prepared statements are found again.

use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use store::StoreError;

use crate::error::map;

const SIZES: [usize; 4] = [50, 16, 4, 1];

/// Runs `head VALUES (..), (..) tail` over all rows.
pub(crate) async fn insert<T>(
    connection: &mut SqliteConnection,
    head: &str,
    tail: &str,
    rows: &[T],
    bind: impl Fn(&mut Separated<'_, Sqlite, &'static str>, &T),
) -> Result<(), StoreError> {
    let mut rest = rows;
    while !rest.is_empty() {
        let size = SIZES.into_iter().find(|s| *s <= rest.len()).unwrap_or(1);
        let (now, later) = rest.split_at(size);
        rest = later;
        let mut query = QueryBuilder::new(format!("{head} "));
        query.push_values(now, |mut row, value| bind(&mut row, value));
        query.push(" ").push(tail);
        query.build().execute(&mut *connection).await.map_err(map)?;
    }
    Ok(())
}

/// Ids as one JSON bind.
pub(crate) fn json_ids<'a>(ids: impl IntoIterator<Item = &'a i64>) -> String {
    let mut text = String::from("[");
    for (n, id) in ids.into_iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        text.push_str(&id.to_string());
    }
    text.push(']');
    text
}
