//! Logging in by request, while this process owns the authorization.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use telegram::{LoginError, QrLogin, SignedIn, TelegramError};
use wire::{LoginAnswer, LoginRefusal, LoginStep};

use crate::Session;

/// How long one question waits for the QR code to be scanned.
const QR_WAIT: Duration = Duration::from_secs(10);

/// Does one step; a log-in that is done wakes the work that waits for it.
pub(crate) async fn step(session: &Arc<Session>, step: LoginStep) -> LoginAnswer {
    let done =
        match step {
            LoginStep::State => return state(session).await,
            LoginStep::RequestCode { phone } => session
                .login
                .request_code(&SecretString::from(phone))
                .await
                .map(|sent| LoginAnswer::CodeSent {
                    by: sent.by,
                    length: sent.length,
                }),
            LoginStep::SignIn { code } => session
                .login
                .sign_in(&SecretString::from(code))
                .await
                .map(|signed| signed_in(session, signed)),
            LoginStep::CheckPassword { password } => session
                .login
                .check_password(&SecretString::from(password))
                .await
                .map(|signed| signed_in(session, signed)),
            LoginStep::Qr => session.login.qr(QR_WAIT).await.map(|shown| match shown {
                QrLogin::Show { url, expires } => LoginAnswer::Show { url, expires },
                QrLogin::Accepted(signed) => signed_in(session, signed),
            }),
            LoginStep::AcceptToken { url } => session
                .login
                .accept_token(&url)
                .await
                .map(|()| LoginAnswer::Accepted),
            LoginStep::LogOut => session.login.log_out().await.map(|()| LoginAnswer::LoggedOut {
                reason: "logged out".to_owned(),
            }),
        };
    done.unwrap_or_else(|error| refused(&error))
}

async fn state(session: &Session) -> LoginAnswer {
    match session.telegram.me().await {
        Ok(user) => LoginAnswer::LoggedIn { user },
        Err(TelegramError::LoginRequired(reason)) => LoginAnswer::LoggedOut { reason },
        Err(error) => refused(&LoginError::Telegram(error)),
    }
}

fn signed_in(session: &Session, signed: SignedIn) -> LoginAnswer {
    match signed {
        SignedIn::Done(user) => {
            session.logged_in.notify_one();
            LoginAnswer::LoggedIn { user }
        }
        SignedIn::PasswordNeeded { hint } => LoginAnswer::PasswordNeeded { hint },
    }
}

fn refused(error: &LoginError) -> LoginAnswer {
    let refusal = match error {
        LoginError::WrongCode => LoginRefusal::WrongCode,
        LoginError::CodeExpired => LoginRefusal::CodeExpired,
        LoginError::WrongPassword => LoginRefusal::WrongPassword,
        LoginError::WrongPhone => LoginRefusal::WrongPhone,
        LoginError::WrongApiCredentials => LoginRefusal::WrongApiCredentials,
        LoginError::Wait(until) => LoginRefusal::Wait { until: *until },
        LoginError::OtherUser => LoginRefusal::OtherUser,
        LoginError::Telegram(_) => LoginRefusal::Other,
    };
    LoginAnswer::Refused {
        refusal,
        message: error.to_string(),
    }
}
