//! Login tokens as the links inside QR codes.

const PREFIX: &str = "tg://login?token=";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// `tg://login?token=<base64url>`
pub(crate) fn url(token: &[u8]) -> String {
    let mut out = PREFIX.to_owned();
    for chunk in token.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, b| (bits << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63]));
        }
    }
    out
}

/// The inverse of [`url`].
pub(crate) fn parse(url: &str) -> Option<Vec<u8>> {
    let text = url.trim().strip_prefix(PREFIX)?;
    crate::session::base64(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_link() {
        for length in 0..40u8 {
            let token: Vec<u8> = (0..length)
                .map(|i| i.wrapping_mul(89).wrapping_add(200))
                .collect();
            let url = url(&token);
            assert_eq!(parse(&url), Some(token), "{url}");
        }
        assert_eq!(url(&[0xfb, 0xff]), "tg://login?token=-_8");
        assert_eq!(parse("https://example.org"), None);
    }
}
