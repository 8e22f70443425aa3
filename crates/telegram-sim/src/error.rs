//! Telegram's errors.

/// `rpc_error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcError {
    /// 303, 400, 401, 403, 406, 420, 500, ...
    pub code: i32,
    /// Such as `FLOOD_WAIT_31`.
    pub message: String,
}

impl RpcError {
    /// Any error.
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// A bad request.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// A method the simulator does not have.
    pub fn not_implemented() -> Self {
        Self::bad("METHOD_NOT_IMPLEMENTED")
    }
}
