//! Writes every picture of a few numbers into a folder, to be looked at: `cargo run -p drawings --example sheet FOLDER`.

use std::path::PathBuf;
use std::time::Instant;

use drawings::{POSTCARDS, Picture, Subject};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "sheet".to_owned()));
    std::fs::create_dir_all(&folder)?;
    for subject in POSTCARDS.into_iter().chain([Subject::Portrait]) {
        for number in 0..6 {
            let picture = if subject == Subject::Portrait {
                Picture::avatar(subject, number)
            } else {
                Picture::postcard(subject, number)
            };
            let begin = Instant::now();
            let bytes = picture.jpeg();
            println!(
                "{subject:?} {number}: {} bytes in {:?}",
                bytes.len(),
                begin.elapsed()
            );
            std::fs::write(folder.join(format!("{subject:?}-{number}.jpg")), bytes)?;
        }
    }
    Ok(())
}
