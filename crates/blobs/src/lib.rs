//! Content-addressed media: disk and S3.
