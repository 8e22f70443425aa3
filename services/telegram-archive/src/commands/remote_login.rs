//! Logging in through the process that owns the account.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use telegram::{CodeDelivery, Login, LoginError, QrLogin, SignedIn, TelegramError};
use wire::{LoginAnswer, LoginRefusal, LoginStep, VERB_LOGIN};

use super::context::{self, Way};
use crate::settings::Settings;

/// Asks the owner step by step.
pub(super) struct RemoteLogin {
    way: Way,
}

impl RemoteLogin {
    /// `None`: nobody owns the account now.
    pub(super) async fn find(settings: &Settings) -> anyhow::Result<Option<Self>> {
        let Some(way) = context::way(settings).await? else {
            return Ok(None);
        };
        Ok(ask(&way, &LoginStep::State).await?.map(|_| Self { way }))
    }

    /// The user who is logged in, if any.
    pub(super) async fn user(&self) -> Result<Option<i64>, LoginError> {
        match self.step(LoginStep::State).await? {
            LoginAnswer::LoggedIn { user } => Ok(Some(user)),
            _ => Ok(None),
        }
    }

    async fn step(&self, step: LoginStep) -> Result<LoginAnswer, LoginError> {
        let answer = ask(&self.way, &step)
            .await
            .map_err(|e| unexpected(format!("{e:#}")))?;
        match answer {
            None => Err(unexpected("the running archive ended".to_owned())),
            Some(LoginAnswer::Refused { refusal, message }) => Err(match refusal {
                LoginRefusal::WrongCode => LoginError::WrongCode,
                LoginRefusal::CodeExpired => LoginError::CodeExpired,
                LoginRefusal::WrongPassword => LoginError::WrongPassword,
                LoginRefusal::WrongPhone => LoginError::WrongPhone,
                LoginRefusal::WrongApiCredentials => LoginError::WrongApiCredentials,
                LoginRefusal::Wait { until } => LoginError::Wait(until),
                LoginRefusal::OtherUser => LoginError::OtherUser,
                LoginRefusal::Other => unexpected(message),
            }),
            Some(answer) => Ok(answer),
        }
    }
}

async fn ask(way: &Way, step: &LoginStep) -> anyhow::Result<Option<LoginAnswer>> {
    let body = serde_json::to_value(step)?;
    way.ask(fetcher::SERVICE, VERB_LOGIN, &body).await
}

fn unexpected(reason: String) -> LoginError {
    LoginError::Telegram(TelegramError::Refused {
        method: "login".to_owned(),
        name: reason,
    })
}

fn other_version() -> LoginError {
    unexpected("the running process is of another version".to_owned())
}

fn signed_in(answer: LoginAnswer) -> Result<SignedIn, LoginError> {
    match answer {
        LoginAnswer::LoggedIn { user } => Ok(SignedIn::Done(user)),
        LoginAnswer::PasswordNeeded { hint } => Ok(SignedIn::PasswordNeeded { hint }),
        _ => Err(other_version()),
    }
}

#[async_trait]
impl Login for RemoteLogin {
    async fn request_code(&self, phone: &SecretString) -> Result<CodeDelivery, LoginError> {
        let phone = phone.expose_secret().to_owned();
        match self.step(LoginStep::RequestCode { phone }).await? {
            LoginAnswer::CodeSent { by, length } => Ok(CodeDelivery { by, length }),
            _ => Err(other_version()),
        }
    }

    async fn sign_in(&self, code: &SecretString) -> Result<SignedIn, LoginError> {
        let code = code.expose_secret().to_owned();
        signed_in(self.step(LoginStep::SignIn { code }).await?)
    }

    async fn check_password(&self, password: &SecretString) -> Result<SignedIn, LoginError> {
        let password = password.expose_secret().to_owned();
        signed_in(self.step(LoginStep::CheckPassword { password }).await?)
    }

    async fn qr(&self, _wait: Duration) -> Result<QrLogin, LoginError> {
        match self.step(LoginStep::Qr).await? {
            LoginAnswer::Show { url, expires } => Ok(QrLogin::Show { url, expires }),
            other => signed_in(other).map(QrLogin::Accepted),
        }
    }

    async fn accept_token(&self, url: &str) -> Result<(), LoginError> {
        let url = url.to_owned();
        match self.step(LoginStep::AcceptToken { url }).await? {
            LoginAnswer::Accepted => Ok(()),
            _ => Err(other_version()),
        }
    }

    async fn log_out(&self) -> Result<(), LoginError> {
        self.step(LoginStep::LogOut).await.map(|_| ())
    }
}
