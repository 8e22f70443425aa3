//! Is a Diffie-Hellman group safe to use? <https://core.telegram.org/mtproto/auth_key#dh-key-exchange-complete>

use grammers_crypto::{hex, two_factor_auth};

/// The prime that Telegram's servers have always sent. Known to be safe, it spares the primality test.
const TELEGRAM_PRIME: &str = "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b";

/// Whether `p` is a 2048-bit safe prime and `g` generates its subgroup of prime order. Takes seconds for a prime that
/// is not Telegram's usual one.
pub(crate) async fn is_good_group(p: &[u8], g: i32) -> bool {
    if hex::to_hex(p) == TELEGRAM_PRIME && matches!(g, 3 | 4 | 7) {
        return true;
    }
    let p = p.to_vec();
    tokio::task::spawn_blocking(move || two_factor_auth::check_p_and_g(&p, &g))
        .await
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_safe_primes_of_2048_bits_with_a_fitting_generator_are_used() {
        let prime = hex::from_hex(TELEGRAM_PRIME);
        for g in [3, 4, 7] {
            assert!(is_good_group(&prime, g).await);
            assert!(
                two_factor_auth::check_p_and_g(&prime, &g),
                "the short cut agrees with the full check for {g}"
            );
        }
        assert!(!is_good_group(&prime, 2).await);
        let mut composite = prime.clone();
        composite[255] ^= 2;
        assert!(!is_good_group(&composite, 3).await);
        assert!(!is_good_group(&prime[1..], 3).await);
    }
}
