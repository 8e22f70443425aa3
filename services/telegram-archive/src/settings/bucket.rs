//! The bucket of `BLOBS_URL`: `s3://bucket/prefix?endpoint=...&region=...`, with the key from `AWS_ACCESS_KEY_ID` and
//! `AWS_SECRET_ACCESS_KEY`, or from the URL itself.

use blobs::S3Options;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::args::MediaArgs;
use super::resolved::Mismatch;
use super::values;

fn wrong(reason: impl Into<String>) -> Mismatch {
    Mismatch::Value {
        variable: "BLOBS_URL",
        reason: reason.into(),
        example: "s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-1",
    }
}

/// `None`: files are kept on disk.
pub(super) fn bucket(args: &MediaArgs) -> Result<Option<S3Options>, Mismatch> {
    let Some(text) = args.blobs_url.as_ref().filter(|s| !values::is_empty(s)) else {
        return Ok(None);
    };
    // The parser's error does not repeat the URL, which may hold a secret.
    let url = Url::parse(text.expose_secret()).map_err(|e| wrong(e.to_string()))?;
    if url.scheme() != "s3" {
        return Err(wrong(format!("`{}` is no place for files", url.scheme())));
    }
    let bucket = url.host_str().filter(|h| !h.is_empty());
    let bucket = bucket.ok_or_else(|| wrong("names no bucket"))?;
    let (mut endpoint, mut region) = (None, "us-east-1".to_owned());
    for (name, value) in url.query_pairs() {
        match &*name {
            "endpoint" => match Url::parse(&value) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => {
                    endpoint = Some(value.trim_end_matches('/').to_owned());
                }
                _ => {
                    return Err(wrong("its endpoint is no http:// or https:// address"));
                }
            },
            "region" => region = value.into_owned(),
            other => return Err(wrong(format!("`{other}` is no part of it"))),
        }
    }
    let key = |name, set: Option<&SecretString>, in_url: &str| {
        let set = set.filter(|s| !values::is_empty(s)).cloned();
        let in_url = (!in_url.is_empty()).then(|| SecretString::from(decoded(in_url)));
        set.or(in_url).ok_or_else(|| Mismatch::Value {
            variable: name,
            reason: "is needed with BLOBS_URL (or put user and password into the URL)".to_owned(),
            example: if name == "AWS_ACCESS_KEY_ID" {
                "AKIAIOSFODNN7EXAMPLE"
            } else {
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
            },
        })
    };
    Ok(Some(S3Options {
        bucket: bucket.to_owned(),
        prefix: decoded(url.path().trim_matches('/')),
        endpoint,
        region,
        access_key_id: key(
            "AWS_ACCESS_KEY_ID",
            args.aws_access_key_id.as_ref(),
            url.username(),
        )?,
        secret_access_key: key(
            "AWS_SECRET_ACCESS_KEY",
            args.aws_secret_access_key.as_ref(),
            url.password().unwrap_or_default(),
        )?,
    }))
}

/// Without percent-encoding; a plus stays a plus.
fn decoded(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::super::environment::{Environment, parse};
    use super::*;
    use crate::cli::Cli;

    fn read<const N: usize>(pairs: [(&str, &str); N]) -> Result<Option<S3Options>, String> {
        let argv = ["telegram-archive", "config"].map(std::ffi::OsString::from);
        let (matches, _) = parse(Cli::command(), argv, &Environment::of(pairs)).map_err(|e| e.to_string())?;
        let cli = Cli::from_arg_matches(&matches).map_err(|e| e.to_string())?;
        bucket(&cli.settings.media).map_err(|e| e.to_string())
    }

    const URL: &str = "s3://files/an/archive/?endpoint=http://127.0.0.1:9000/&region=eu-1";

    #[test]
    fn a_bucket_is_read_from_its_url_and_the_key_from_beside_it() {
        assert!(read([]).unwrap().is_none());
        let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "a/b+c")];
        let s3 = read([("BLOBS_URL", URL), keys[0], keys[1]]).unwrap().unwrap();
        assert_eq!((s3.bucket.as_str(), s3.prefix.as_str()), ("files", "an/archive"));
        assert_eq!(s3.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!(
            (s3.region.as_str(), s3.secret_access_key.expose_secret()),
            ("eu-1", "a/b+c")
        );
        let s3 = read([("BLOBS_URL", "s3://me:a%2Fb+c@files")]).unwrap().unwrap();
        assert_eq!(
            (s3.access_key_id.expose_secret(), s3.region.as_str()),
            ("me", "us-east-1")
        );
        assert_eq!(
            (s3.secret_access_key.expose_secret(), s3.prefix.as_str()),
            ("a/b+c", "")
        );
    }

    #[test]
    fn what_is_wrong_is_named_without_the_secret() {
        for (url, words) in [
            ("ftp://me:hidden@files", "`ftp` is no place for files"),
            ("s3:///prefix", "names no bucket"),
            (
                "s3://me:hidden@files?endpoint=files.example.org",
                "its endpoint is no http",
            ),
            ("s3://me:hidden@files?acl=public", "`acl` is no part of it"),
            ("s3://files", "AWS_ACCESS_KEY_ID: is needed"),
            ("s3://hidden@files", "AWS_SECRET_ACCESS_KEY: is needed"),
            ("hidden", "BLOBS_URL: "),
        ] {
            let text = read([("BLOBS_URL", url)]).unwrap_err();
            assert!(text.contains(words) && !text.contains("hidden"), "{url}: {text}");
        }
    }
}
