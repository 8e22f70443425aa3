//! One function per law; both stores run all of them.
