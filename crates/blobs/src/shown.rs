//! Names of blobs in a folder: relative links, or copies.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use tokio::fs;

use crate::BlobError;
use crate::partials::digest;

/// From a name at this depth below the root.
fn target(blob: &Path, depth: usize) -> PathBuf {
    let mut target: PathBuf = std::iter::repeat_n("..", depth - 1).collect();
    target.push("_shared");
    let parts: Vec<Component<'_>> = blob.components().collect();
    target.extend(&parts[parts.len().saturating_sub(2)..]);
    target
}

/// Makes a relative link where nothing is; `false`: this file system has none.
pub(crate) async fn link(blob: &Path, path: &Path, depth: usize) -> Result<bool, BlobError> {
    match fs::symlink(target(blob, depth), path).await {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(true),
        Err(e) if matches!(e.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// A real file where nothing is, written aside.
pub(crate) async fn copy(blob: &Path, path: &Path) -> Result<(), BlobError> {
    if fs::symlink_metadata(path).await.is_ok() {
        return Ok(());
    }
    let aside = aside(path);
    fs::copy(blob, &aside).await?;
    fs::rename(&aside, path).await?;
    Ok(())
}

/// A link (with its depth) or a copy in place of whatever is there, made aside.
pub(crate) async fn replace(blob: &Path, path: &Path, depth: Option<usize>) -> Result<(), BlobError> {
    let aside = aside(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).await?;
    }
    // Left by a process that was killed here.
    match fs::remove_file(&aside).await {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e.into()),
        _ => {}
    }
    let linked = match depth {
        Some(depth) => link(blob, &aside, depth).await?,
        None => false,
    };
    if !linked {
        fs::copy(blob, &aside).await?;
    }
    fs::rename(&aside, path).await?;
    Ok(())
}

fn aside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}

/// Whether a name shows these bytes.
pub(crate) async fn same(path: &Path, blob: &Path) -> Result<bool, BlobError> {
    if is_link_to(path, blob).await {
        return Ok(true);
    }
    let (Ok(mut a), Ok(mut b)) = (fs::File::open(path).await, fs::File::open(blob).await) else {
        return Ok(false);
    };
    Ok(digest(&mut a).await? == digest(&mut b).await?)
}

/// Whether a name shows a blob that is known to be whole.
pub(crate) async fn leads_to(path: &Path, blob: &Path, sha256: &[u8; 32]) -> Result<bool, BlobError> {
    if is_link_to(path, blob).await {
        return Ok(true);
    }
    match fs::File::open(path).await {
        Ok(mut file) => Ok(digest(&mut file).await?.0 == *sha256),
        Err(_) => Ok(false),
    }
}

async fn is_link_to(path: &Path, blob: &Path) -> bool {
    match (fs::canonicalize(path).await, fs::canonicalize(blob).await) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Whether we may put a name in place of what is there: nothing, a link to a blob, or a copy where copies are made. A
/// link that leads elsewhere (git-annex makes such), or a file where links are made, is somebody else's.
pub(crate) async fn is_ours(path: &Path, links: bool) -> Result<bool, BlobError> {
    let meta = match fs::symlink_metadata(path).await {
        Ok(meta) => meta,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(e.into()),
    };
    if meta.is_symlink() {
        let target = fs::read_link(path).await?;
        return Ok(target.components().any(|c| c.as_os_str() == "_shared"));
    }
    Ok(meta.is_file() && !links)
}

/// The same name with a number.
pub(crate) fn numbered(relative: &Path, n: u32) -> PathBuf {
    let stem = relative
        .file_stem()
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = match relative.extension() {
        Some(ext) => format!("{stem} ({n}).{}", ext.to_string_lossy()),
        None => format!("{stem} ({n})"),
    };
    relative.with_file_name(name)
}
