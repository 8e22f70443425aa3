//! The archive's keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use notifier::VapidKeys;
use secrecy::SecretString;
use store::Meta as _;
use wire::{PushAnswer, PushRequest};

use crate::bed::{Bed, OPEN, Turned};
use crate::browser::Browser;

/// Of `openssl ecparam -name prime256v1 -genkey -noout`, and the same by `openssl pkcs8 -topk8 -nocrypt`.
const PEM: [&str; 2] = [
    include_str!("keys/p256.sec1.pem"),
    include_str!("keys/p256.pkcs8.pem"),
];
/// Keys of another curve.
const OTHERS: [&str; 2] = [
    include_str!("keys/p384.sec1.pem"),
    include_str!("keys/p384.pkcs8.pem"),
];
const PUBLIC: &str =
    "BGggkVSVxWuiA745nzZkaEafBphvPc7U6DRtSAaMUepxknOFWBxA-zoUfzXPBe4ylB7JjZqiTb5KnRFn55sX98k";

#[tokio::test(flavor = "multi_thread")]
async fn they_stay_over_restarts_and_are_sealed() {
    let bed = Bed::new().await;
    let (one, other) = tokio::join!(bed.run(), bed.run());
    let key = bed.key().await;
    assert_eq!(URL_SAFE_NO_PAD.decode(&key).unwrap().len(), 65);
    one.stop().await;
    other.stop().await;
    let running = bed.run().await;
    assert_eq!(bed.key().await, key);
    running.stop().await;
    let kept = bed.store.meta("notifier_vapid_keys").await.unwrap().unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let sealed = URL_SAFE_NO_PAD.decode(kept["sealed"].as_str().unwrap()).unwrap();
    assert_eq!((sealed[0], sealed.len()), (0x5a, 33));
    // With another secret: told, nothing made anew, and the process goes on.
    let running = bed.with(Bed::config(), Turned(1)).await;
    let problem = running.state.borrow().problem.clone().unwrap();
    assert!(problem.contains("another key"), "{problem}");
    match bed.ask(&PushRequest::Key).await {
        PushAnswer::Refused { message } => assert_eq!(message, problem),
        _ => panic!("there is no key"),
    }
    running.stop().await;
    let running = bed.run().await;
    assert_eq!(bed.key().await, key);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_of_the_settings_go_first() {
    let bed = Bed::new().await;
    let private = URL_SAFE_NO_PAD.encode([7; 32]);
    let keys = |private: &str, public: &str| {
        VapidKeys::of_settings(Some(&SecretString::from(private)), Some(public)).map_err(|e| e.to_string())
    };
    let told = keys(&private, "other").err().unwrap();
    let public = told.rsplit(' ').next().unwrap().to_owned();
    assert!(told.contains("VAPID_PUBLIC_KEY"), "{told}");
    let mut config = Bed::config();
    config.keys = keys(&private, &format!("{public}=")).unwrap();
    let running = bed.with(config, Turned(1)).await;
    assert_eq!(bed.key().await, public);
    assert_eq!(bed.store.meta("notifier_vapid_keys").await.unwrap(), None);
    bed.user("ann", None).await;
    let browser = Browser::new(1);
    bed.subscribe(&browser.subscribe(&bed.service, "ann", None)).await;
    bed.post(OPEN, 1, "signed").await;
    browser.read(&bed.service.until(1).await[0], &bed.service, &public);
    running.stop().await;
}

#[test]
fn wrong_settings_name_the_way_out() {
    let keys = |private: Option<&str>, public: Option<&str>| {
        VapidKeys::of_settings(private.map(SecretString::from).as_ref(), public)
    };
    assert!(keys(None, None).unwrap().is_none() && keys(Some(" "), Some("")).unwrap().is_none());
    let error = |private, public| keys(private, public).err().unwrap().to_string();
    assert!(error(Some("x"), None).contains("both VAPID_PRIVATE_KEY and VAPID_PUBLIC_KEY"));
    for pem in PEM {
        // As a file has it, and as one line of an environment variable.
        for text in [pem.to_owned(), pem.replace('\n', "\\n")] {
            assert_eq!(keys(Some(&text), Some(PUBLIC)).unwrap().unwrap().public(), PUBLIC);
        }
    }
    for bad in [
        "nonsense",
        "AAAA",
        &PEM[0].replace("EC ", "RSA "),
        OTHERS[0],
        OTHERS[1],
    ] {
        assert!(error(Some(bad), Some("x")).contains("openssl ecparam"), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_pushed_unless_it_is_asked_for() {
    let bed = Bed::new().await;
    let mut config = Bed::config();
    config.full = false;
    let running = bed.with(config, Turned(1)).await;
    assert_eq!(running.state.borrow().problem, None);
    bed.user("ann", None).await;
    for request in [
        PushRequest::Key,
        Browser::new(1).subscribe(&bed.service, "ann", None),
    ] {
        match bed.ask(&request).await {
            PushAnswer::Refused { message } => assert!(message.contains("PUSH_NOTIFICATIONS=full")),
            _ => panic!("it is off"),
        }
    }
    bed.post(OPEN, 1, "to nobody").await;
    running.stop().await;
    assert_eq!(bed.store.meta("notifier_vapid_keys").await.unwrap(), None);
    assert!(bed.service.received().is_empty());
}
