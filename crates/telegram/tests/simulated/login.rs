//! Logging in.

use std::time::Duration;

use store::Accounts as _;
use telegram::{
    ConnectionState, Login as _, LoginError, QrLogin, SignedIn, Telegram as _, TelegramClient, TelegramError,
    TelegramLogin,
};

use crate::bed::{Bed, CODE, FRIEND, ME, PASSWORD, PHONE, log_in, secret, soon, state_is};

#[tokio::test]
async fn the_first_log_in_exchanges_a_key_and_is_kept() {
    let bed = Bed::new().await;
    let client = bed.client().await;
    assert!(matches!(client.me().await, Err(TelegramError::LoginRequired(_))));
    let login = TelegramLogin::new(&client);
    let delivery = login.request_code(&secret(PHONE)).await.unwrap();
    assert!(!delivery.by.is_empty());
    let row = bed.session("fetcher").await.unwrap();
    assert!(
        row.dcs.iter().any(|d| d.dc == 2 && d.sealed_key.is_some()),
        "the key is kept before a code is asked for"
    );
    assert_eq!(login.sign_in(&secret(CODE)).await.unwrap(), SignedIn::Done(ME));
    assert_eq!(client.me().await.unwrap(), ME);
    state_is(&client, |s| *s == ConnectionState::Ready).await;
    let row = bed.session("fetcher").await.unwrap();
    assert_eq!(row.user_id, Some(ME));
    assert!(
        row.state.is_some_and(|s| s.pts > 0),
        "updates.getState is stored before anything is read"
    );
    client.disconnect().await;

    let again = bed.client().await;
    assert_eq!(again.me().await.unwrap(), ME);
    again.dialogs(&telegram::FolderList::default()).await.unwrap();
    again.newest_id(FRIEND).await.unwrap();
    assert_eq!(bed.calls("auth.signIn"), 1, "one log-in lasts");
}

#[tokio::test]
async fn a_wrong_code_an_expired_code_and_an_unknown_number_are_told_apart() {
    let bed = Bed::new().await;
    let client = bed.client().await;
    let login = TelegramLogin::new(&client);
    assert!(matches!(
        login.request_code(&secret("49")).await,
        Err(LoginError::WrongPhone)
    ));
    login.request_code(&secret(PHONE)).await.unwrap();
    assert!(matches!(
        login.sign_in(&secret("99999")).await,
        Err(LoginError::WrongCode)
    ));
    bed.sim.world().accounts.get_mut(&ME).unwrap().code_expired = true;
    assert!(matches!(
        login.sign_in(&secret(CODE)).await,
        Err(LoginError::CodeExpired)
    ));
    bed.sim.world().accounts.get_mut(&ME).unwrap().code_expired = false;
    login.request_code(&secret(PHONE)).await.unwrap();
    assert_eq!(login.sign_in(&secret(CODE)).await.unwrap(), SignedIn::Done(ME));
}

#[tokio::test]
async fn a_password_may_be_tried_again() {
    let bed = Bed::new().await;
    bed.sim.world().accounts.get_mut(&ME).unwrap().password = Some(PASSWORD.to_owned());
    let client = bed.client().await;
    let login = TelegramLogin::new(&client);
    login.request_code(&secret(PHONE)).await.unwrap();
    let needed = login.sign_in(&secret(CODE)).await.unwrap();
    assert!(matches!(needed, SignedIn::PasswordNeeded { .. }), "{needed:?}");
    assert!(matches!(
        login.check_password(&secret("wrong")).await,
        Err(LoginError::WrongPassword)
    ));
    assert_eq!(
        login.check_password(&secret(PASSWORD)).await.unwrap(),
        SignedIn::Done(ME)
    );
    assert_eq!(client.me().await.unwrap(), ME);
}

#[tokio::test]
async fn an_account_never_changes_its_user() {
    let bed = Bed::new().await;
    let account = bed.authorization("fetcher").await.account;
    assert!(bed.store.set_account_user(account, 1002).await.unwrap());
    let client = bed.client().await;
    let login = TelegramLogin::new(&client);
    login.request_code(&secret(PHONE)).await.unwrap();
    assert!(matches!(
        login.sign_in(&secret(CODE)).await,
        Err(LoginError::OtherUser)
    ));
    assert!(matches!(client.me().await, Err(TelegramError::LoginRequired(_))));
    assert_eq!(bed.calls("auth.logOut"), 1, "no device of a stranger stays");
    assert!(bed.session("fetcher").await.is_none());
}

/// Shows a code, has the first client accept it, and takes the result.
async fn by_qr(bed: &Bed, accepting: &TelegramClient, new: &TelegramLogin) -> SignedIn {
    let QrLogin::Show { url, expires } = new.qr(Duration::ZERO).await.unwrap() else {
        panic!("a code to show")
    };
    assert!(url.starts_with("tg://login?token=") && expires > bed.now());
    let waiting = new.qr(Duration::from_secs(15));
    let accept = async { TelegramLogin::new(accepting).accept_token(&url).await };
    let (waited, accepted) = soon("the QR log-in", async { tokio::join!(waiting, accept) }).await;
    accepted.unwrap();
    match waited.unwrap() {
        QrLogin::Accepted(signed_in) => signed_in,
        other @ QrLogin::Show { .. } => panic!("accepted, not {other:?}"),
    }
}

#[tokio::test]
async fn a_second_authorization_is_made_by_accepting_its_token() {
    let bed = Bed::new().await;
    let fetcher = bed.logged_in().await;
    let downloader = TelegramClient::open(bed.options("downloader-1").await)
        .await
        .unwrap();
    let login = TelegramLogin::new(&downloader);
    assert_eq!(by_qr(&bed, &fetcher, &login).await, SignedIn::Done(ME));
    assert_eq!(
        (downloader.me().await.unwrap(), fetcher.me().await.unwrap()),
        (ME, ME)
    );
    downloader
        .dialogs(&telegram::FolderList::default())
        .await
        .unwrap();
    fetcher.newest_id(FRIEND).await.unwrap();
    assert_ne!(
        bed.session("fetcher").await,
        bed.session("downloader-1").await,
        "each has its own keys"
    );

    // Bad tokens are told.
    let bad = TelegramLogin::new(&fetcher)
        .accept_token("https://example.org")
        .await;
    assert!(matches!(
        bad,
        Err(LoginError::Telegram(TelegramError::Refused { .. }))
    ));
}

#[tokio::test]
async fn a_qr_log_in_may_need_the_password_too() {
    let bed = Bed::new().await;
    let fetcher = bed.logged_in().await;
    bed.sim.world().accounts.get_mut(&ME).unwrap().password = Some(PASSWORD.to_owned());
    let downloader = TelegramClient::open(bed.options("downloader-1").await)
        .await
        .unwrap();
    let login = TelegramLogin::new(&downloader);
    assert!(matches!(
        by_qr(&bed, &fetcher, &login).await,
        SignedIn::PasswordNeeded { .. }
    ));
    assert_eq!(
        login.check_password(&secret(PASSWORD)).await.unwrap(),
        SignedIn::Done(ME)
    );
}

#[tokio::test]
async fn an_account_of_another_data_centre_is_followed_home() {
    let bed = Bed::new().await;
    bed.sim.world().accounts.get_mut(&ME).unwrap().home_dc = 4;
    let client = bed.client().await;
    log_in(&client).await;
    let row = bed.session("fetcher").await.unwrap();
    assert_eq!((row.home_dc, row.user_id), (4, Some(ME)));
    client.dialogs(&telegram::FolderList::default()).await.unwrap();
    let mut updates = client.updates().await.unwrap();
    let id = bed.post(FRIEND, "at home");
    let batch = crate::bed::next_that(&mut updates, |b| {
        !crate::bed::messages(b, model::BoxId::Common).is_empty()
    })
    .await;
    assert_eq!(
        crate::bed::messages(&batch, model::BoxId::Common)[0].id,
        id,
        "updates come from there"
    );
}

#[tokio::test]
async fn logging_out_forgets_the_session() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let login = TelegramLogin::new(&client);
    login.log_out().await.unwrap();
    assert!(bed.session("fetcher").await.is_none());
    assert!(matches!(client.me().await, Err(TelegramError::LoginRequired(_))));
    log_in(&client).await;
    client.dialogs(&telegram::FolderList::default()).await.unwrap();
}
