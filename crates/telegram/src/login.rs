//! Logging in: code, password, QR code.

use std::time::Duration;

use async_trait::async_trait;
use grammers_crypto::two_factor_auth::calculate_2fa;
use grammers_session::types::{PeerAuth, PeerInfo};
use grammers_tl_types::{enums, functions, types};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use crate::client::{Inner, TelegramClient};
use crate::keys::is_good_group;
use crate::pool::CallError;
use crate::port::{CallClass, CodeDelivery, Login, LoginError, QrLogin, SignedIn, TelegramError};
use crate::token;

type SendCode = functions::auth::SendCode;
type SignIn = functions::auth::SignIn;
type CheckPassword = functions::auth::CheckPassword;
type ExportLoginToken = functions::auth::ExportLoginToken;

/// How often a password check is begun anew because the server's challenge was stale.
const CHALLENGES: u32 = 3;

/// Logs one authorization in; keeps what it needs between the steps.
pub struct TelegramLogin {
    client: TelegramClient,
    steps: Mutex<Steps>,
}

#[derive(Default)]
struct Steps {
    /// The number and the hash that belongs to the code sent to it.
    code: Option<(SecretString, String)>,
    /// Telegram asked for no code.
    already: Option<i64>,
    /// A QR code is on show.
    qr: bool,
}

impl TelegramLogin {
    /// A log-in of the client's authorization.
    pub fn new(client: &TelegramClient) -> Self {
        Self {
            client: client.clone(),
            steps: Mutex::default(),
        }
    }

    fn inner(&self) -> &Inner {
        &self.client.0
    }
}

#[async_trait]
impl Login for TelegramLogin {
    async fn request_code(&self, phone: &SecretString) -> Result<CodeDelivery, LoginError> {
        let inner = self.inner();
        let request = SendCode {
            phone_number: phone.expose_secret().to_owned(),
            api_id: inner.api_id,
            api_hash: inner.api_hash.expose_secret().to_owned(),
            settings: settings(),
        };
        let mut steps = self.steps.lock().await;
        match inner
            .pool
            .call_logging_in(&request)
            .await
            .map_err(login_error::<SendCode>)?
        {
            enums::auth::SentCode::Code(sent) => {
                steps.code = Some((phone.clone(), sent.phone_code_hash));
                Ok(delivery(&sent.r#type))
            }
            enums::auth::SentCode::Success(done) => {
                if let SignedIn::Done(user_id) = inner.complete_login(done.authorization).await? {
                    steps.already = Some(user_id);
                }
                Ok(CodeDelivery {
                    by: "none".to_owned(),
                    length: None,
                })
            }
            enums::auth::SentCode::PaymentRequired(_) => Err(refused("auth.sendCode", "PAYMENT_REQUIRED")),
        }
    }

    async fn sign_in(&self, code: &SecretString) -> Result<SignedIn, LoginError> {
        let inner = self.inner();
        let steps = self.steps.lock().await;
        if let Some(user_id) = steps.already {
            return Ok(SignedIn::Done(user_id));
        }
        let Some((phone, hash)) = &steps.code else {
            return Err(LoginError::CodeExpired);
        };
        let request = SignIn {
            phone_number: phone.expose_secret().to_owned(),
            phone_code_hash: hash.clone(),
            phone_code: Some(code.expose_secret().trim().to_owned()),
            email_verification: None,
        };
        match inner.pool.call_logging_in(&request).await {
            Ok(authorization) => inner.complete_login(authorization).await,
            Err(e) if e.is("SESSION_PASSWORD_NEEDED") => inner.password_needed().await,
            Err(e) => Err(login_error::<SignIn>(e)),
        }
    }

    async fn check_password(&self, password: &SecretString) -> Result<SignedIn, LoginError> {
        let inner = self.inner();
        for _ in 0..CHALLENGES {
            // Each challenge can be answered once.
            let answer = answer_challenge(inner.get_password().await?, password).await?;
            match inner
                .pool
                .call_logging_in(&CheckPassword {
                    password: answer.into(),
                })
                .await
            {
                Ok(authorization) => return inner.complete_login(authorization).await,
                Err(e) if e.is("SRP_ID_INVALID") || e.is("SRP_PASSWORD_CHANGED") => {}
                Err(e) => return Err(login_error::<CheckPassword>(e)),
            }
        }
        Err(refused("auth.checkPassword", "SRP_ID_INVALID"))
    }

    async fn qr(&self, wait: Duration) -> Result<QrLogin, LoginError> {
        let inner = self.inner();
        let mut steps = self.steps.lock().await;
        if steps.qr {
            // The next export tells whether it was accepted, also when the news of it was lost.
            let _ = tokio::time::timeout(wait, inner.hub.login_token_accepted()).await;
        }
        match inner.export_token().await {
            Ok(enums::auth::LoginToken::Token(token)) => {
                steps.qr = true;
                Ok(QrLogin::Show {
                    url: token::url(&token.token),
                    expires: i64::from(token.expires),
                })
            }
            Ok(enums::auth::LoginToken::Success(done)) => {
                steps.qr = false;
                Ok(QrLogin::Accepted(inner.complete_login(done.authorization).await?))
            }
            Ok(enums::auth::LoginToken::MigrateTo(_)) => {
                Err(refused("auth.importLoginToken", "MIGRATES_AGAIN"))
            }
            Err(e) if e.is("SESSION_PASSWORD_NEEDED") => {
                steps.qr = false;
                Ok(QrLogin::Accepted(inner.password_needed().await?))
            }
            Err(e) => Err(login_error::<ExportLoginToken>(e)),
        }
    }

    async fn accept_token(&self, url: &str) -> Result<(), LoginError> {
        type Accept = functions::auth::AcceptLoginToken;
        let token =
            token::parse(url).ok_or_else(|| refused("auth.acceptLoginToken", "AUTH_TOKEN_INVALID"))?;
        let accepted = self
            .inner()
            .pool
            .call(CallClass::Metadata, &Accept { token })
            .await;
        accepted.map(|_| ()).map_err(login_error::<Accept>)
    }

    async fn log_out(&self) -> Result<(), LoginError> {
        let inner = self.inner();
        match inner.pool.call_logging_in(&functions::auth::LogOut {}).await {
            Ok(_) | Err(CallError::LoginRequired(_)) => {}
            Err(e) => return Err(login_error::<functions::auth::LogOut>(e)),
        }
        inner.forget_login("logged out").await
    }
}

impl Inner {
    /// What must be true after any kind of log-in: the account is ours, its state and who it is are stored.
    async fn complete_login(
        &self,
        authorization: enums::auth::Authorization,
    ) -> Result<SignedIn, LoginError> {
        let enums::auth::Authorization::Authorization(authorization) = authorization else {
            return Err(LoginError::WrongPhone);
        };
        let enums::User::User(user) = &authorization.user else {
            return Err(refused("auth.signIn", "USER_EMPTY"));
        };
        let account = self.session.lease().authorization.account;
        let ours = self
            .accounts
            .set_account_user(account, user.id)
            .await
            .map_err(TelegramError::from)?;
        if !ours {
            tracing::warn!("the account belongs to another Telegram user; logging out again");
            let _ = self.pool.call_logging_in(&functions::auth::LogOut {}).await;
            self.forget_login("this archive belongs to another Telegram user")
                .await?;
            return Err(LoginError::OtherUser);
        }
        self.session
            .save_user(user.id)
            .await
            .map_err(TelegramError::from)?;
        self.session
            .remember(std::slice::from_ref(&authorization.user), &[]);
        self.session.remember_peer(PeerInfo::User {
            id: user.id,
            auth: user.access_hash.map(PeerAuth::from_hash),
            bot: Some(user.bot),
            is_self: Some(true),
        });
        self.session.flush_peers().await.map_err(TelegramError::from)?;
        self.pool.board().logged_in();
        // An older state of this same user stays: it tells what was missed.
        self.ensure_state().await?;
        Ok(SignedIn::Done(user.id))
    }

    async fn forget_login(&self, reason: &str) -> Result<(), LoginError> {
        self.session.forget().await.map_err(TelegramError::from)?;
        self.pool.board().login_required(reason);
        self.pool.close_links().await;
        Ok(())
    }

    async fn get_password(&self) -> Result<types::account::Password, LoginError> {
        type GetPassword = functions::account::GetPassword;
        let answer = self
            .pool
            .call_logging_in(&GetPassword {})
            .await
            .map_err(login_error::<GetPassword>)?;
        let enums::account::Password::Password(password) = answer;
        Ok(password)
    }

    async fn password_needed(&self) -> Result<SignedIn, LoginError> {
        Ok(SignedIn::PasswordNeeded {
            hint: self.get_password().await?.hint,
        })
    }

    /// A token to show, or what became of the one shown; follows it to its data centre.
    async fn export_token(&self) -> Result<enums::auth::LoginToken, CallError> {
        let request = ExportLoginToken {
            api_id: self.api_id,
            api_hash: self.api_hash.expose_secret().to_owned(),
            except_ids: Vec::new(),
        };
        match self.pool.call_logging_in(&request).await? {
            enums::auth::LoginToken::MigrateTo(to) => {
                self.pool.move_home(to.dc_id).await?;
                self.pool
                    .call_logging_in(&functions::auth::ImportLoginToken { token: to.token })
                    .await
            }
            other => Ok(other),
        }
    }
}

/// The proof that we know the password, <https://core.telegram.org/api/srp>.
async fn answer_challenge(
    challenge: types::account::Password,
    password: &SecretString,
) -> Result<types::InputCheckPasswordSrp, LoginError> {
    use enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow as Known;
    let (Some(Known(algorithm)), Some(srp_b), Some(srp_id)) =
        (challenge.current_algo, challenge.srp_b, challenge.srp_id)
    else {
        return Err(refused("account.getPassword", "PASSWORD_ALGORITHM_UNKNOWN"));
    };
    if !is_good_group(&algorithm.p, algorithm.g).await {
        return Err(refused("account.getPassword", "PASSWORD_GROUP_UNSAFE"));
    }
    let mut a = vec![0; 256];
    getrandom::fill(&mut a).map_err(|_| refused("auth.checkPassword", "NO_RANDOMNESS"))?;
    let password = password.clone();
    let proof = tokio::task::spawn_blocking(move || {
        let types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow { salt1, salt2, g, p } =
            algorithm;
        calculate_2fa(&salt1, &salt2, &p, &g, srp_b, a, password.expose_secret())
    });
    let (m1, g_a) = proof
        .await
        .map_err(|_| refused("auth.checkPassword", "PROOF_FAILED"))?;
    Ok(types::InputCheckPasswordSrp {
        srp_id,
        a: g_a.to_vec(),
        m1: m1.to_vec(),
    })
}

fn settings() -> enums::CodeSettings {
    types::CodeSettings {
        allow_flashcall: false,
        current_number: false,
        allow_app_hash: false,
        allow_missed_call: false,
        allow_firebase: false,
        unknown_number: false,
        logout_tokens: None,
        token: None,
        app_sandbox: None,
    }
    .into()
}

fn delivery(kind: &enums::auth::SentCodeType) -> CodeDelivery {
    use enums::auth::SentCodeType as T;
    let (by, length) = match kind {
        T::App(t) => ("app", Some(t.length)),
        T::Sms(t) => ("sms", Some(t.length)),
        T::Call(t) => ("call", Some(t.length)),
        T::FlashCall(_) => ("flash_call", None),
        T::MissedCall(t) => ("missed_call", Some(t.length)),
        T::EmailCode(t) => ("email", Some(t.length)),
        T::SetUpEmailRequired(_) => ("set_up_email", None),
        T::FragmentSms(t) => ("fragment", Some(t.length)),
        T::FirebaseSms(t) => ("sms", Some(t.length)),
        T::SmsWord(_) => ("sms_word", None),
        T::SmsPhrase(_) => ("sms_phrase", None),
    };
    CodeDelivery {
        by: by.to_owned(),
        length: length.and_then(|l| u32::try_from(l).ok()),
    }
}

fn login_error<R: grammers_tl_types::Identifiable>(error: CallError) -> LoginError {
    match error {
        CallError::NotBefore(until) => LoginError::Wait(until),
        CallError::Refused(rpc) => match rpc.name.as_str() {
            "PHONE_CODE_INVALID" | "PHONE_CODE_EMPTY" => LoginError::WrongCode,
            "PHONE_CODE_EXPIRED" | "PHONE_CODE_HASH_EMPTY" => LoginError::CodeExpired,
            "PASSWORD_HASH_INVALID" => LoginError::WrongPassword,
            "PHONE_NUMBER_INVALID" | "PHONE_NUMBER_UNOCCUPIED" | "PHONE_NUMBER_BANNED" => {
                LoginError::WrongPhone
            }
            "API_ID_INVALID" | "API_ID_PUBLISHED_FLOOD" => LoginError::WrongApiCredentials,
            _ => LoginError::Telegram(CallError::Refused(rpc).of::<R>()),
        },
        other => LoginError::Telegram(other.of::<R>()),
    }
}

fn refused(method: &str, name: &str) -> LoginError {
    LoginError::Telegram(TelegramError::Refused {
        method: method.to_owned(),
        name: name.to_owned(),
    })
}
