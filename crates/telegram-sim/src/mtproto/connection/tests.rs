//! Whatever a client sends: an answer, an error or the end of its connection, and never the end of the simulator.

use std::sync::Arc;

use grammers_tl_types::{functions, types};
use model::{ChatId, TestClock};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::*;
use crate::faults::{Action, Rule};
use crate::scenario::{self, ACCOUNT};
use crate::server::{Sim, SimConfig};
use crate::world::render;

/// A connection of a client that is logged in, without a socket.
struct Bench {
    runtime: Runtime,
    sim: Sim,
    connection: Connection,
    messages: i64,
}

impl Bench {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let config = SimConfig::new(scenario::small(1), Arc::new(TestClock::default()));
        let sim = runtime.block_on(Sim::start(config)).unwrap();
        let shared = Arc::clone(&sim.shared);
        let key_id = shared.keys().add([7; 256], 2);
        if let Some(key) = shared.keys().get_mut(key_id) {
            (key.account, key.device) = (Some(ACCOUNT), "test".to_owned());
        }
        let mut connection = Connection::new(shared, 1, 2, mpsc::channel(10).0);
        (connection.key_id, connection.key) = (key_id, [7; 256]);
        Self {
            runtime,
            sim,
            connection,
            messages: 0,
        }
    }

    /// An error of the connection is its end.
    fn message(&mut self, body: &[u8]) -> bool {
        let _inside = self.runtime.enter();
        self.messages += 4;
        let id = (self.sim.shared.clock.now_unix() << 32) + self.messages;
        self.connection.message(id, 1, body, 0).is_ok()
    }

    /// Requests that a client makes, of all kinds.
    fn requests(&self) -> Vec<Vec<u8>> {
        let world = self.sim.world();
        let peer = render::input_peer(&world, ACCOUNT, ChatId::channel(4001));
        let history = functions::messages::GetHistory {
            peer: peer.clone(),
            offset_id: 0,
            offset_date: 0,
            add_offset: -5,
            limit: 100,
            max_id: 0,
            min_id: 0,
            hash: 0,
        };
        let dialogs = functions::messages::GetDialogs {
            exclude_pinned: false,
            folder_id: Some(0),
            offset_date: 9,
            offset_id: 9,
            offset_peer: peer,
            limit: 10,
            hash: 0,
        };
        let difference = functions::updates::GetDifference {
            pts: 3,
            pts_limit: None,
            pts_total_limit: None,
            date: 5,
            qts: 0,
            qts_limit: None,
        };
        let wrapped = functions::InvokeWithoutUpdates {
            query: history.clone(),
        };
        let ids = functions::messages::GetMessages {
            id: (1..90).map(|id| types::InputMessageId { id }.into()).collect(),
        };
        let file = functions::upload::GetFile {
            precise: true,
            cdn_supported: false,
            location: types::InputDocumentFileLocation {
                id: 5,
                access_hash: 6,
                file_reference: vec![1; 20],
                thumb_size: "m".to_owned(),
            }
            .into(),
            offset: 0,
            limit: 4096,
        };
        vec![
            history.to_bytes(),
            dialogs.to_bytes(),
            difference.to_bytes(),
            wrapped.to_bytes(),
            ids.to_bytes(),
            file.to_bytes(),
        ]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_request_is_too_strange(
        cut in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 40),
        flipped in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..=255_u8), 40),
        noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 20),
    ) {
        let mut bench = Bench::new();
        let requests = bench.requests();
        for (which, at) in &cut {
            let request = which.get(&requests);
            bench.message(&request[..at.index(request.len())]);
        }
        for (which, at, bits) in &flipped {
            let mut request = which.get(&requests).clone();
            let at = at.index(request.len());
            request[at] ^= bits;
            bench.message(&request);
        }
        for bytes in &noise {
            bench.message(bytes);
            // An error here is the end of the connection.
            let _ = bench.connection.packet(bytes);
            let plain = [&[0; 16][..], &(bytes.len() as i32).to_le_bytes(), bytes].concat();
            let _ = bench.connection.packet(&plain);
        }
        prop_assert!(bench.message(&requests[0]), "and it still answers");
        bench.connection.flush();
        prop_assert!(!bench.connection.wire.is_empty());
    }
}

#[test]
fn what_is_wrapped_without_end_is_refused() {
    let mut bench = Bench::new();
    let wrapper = functions::InvokeWithoutUpdates::<functions::Ping>::CONSTRUCTOR_ID.to_le_bytes();
    let mut wrapped = wrapper.repeat(1 << 18);
    wrapped.extend(functions::updates::GetState {}.to_bytes());
    assert!(bench.message(&wrapped), "an error is answered");
    let mut contained = Vec::new();
    for _ in 0..1000 {
        let mut outer = CONTAINER.to_le_bytes().to_vec();
        outer.extend(1_i32.to_le_bytes());
        outer.extend(bench.sim.shared.clock.now_unix().to_le_bytes());
        outer.extend(1_i32.to_le_bytes());
        outer.extend((contained.len() as i32).to_le_bytes());
        outer.extend(contained);
        contained = outer;
    }
    assert!(!bench.message(&contained), "the connection ends");
}

#[test]
fn an_unknown_method_is_not_implemented_and_counted() {
    let mut bench = Bench::new();
    bench.message(&functions::messages::GetAllDrafts {}.to_bytes());
    assert_eq!(bench.sim.counters().unknown["messages.getAllDrafts"], 1);
    bench.message(&0x0bad_f00d_u32.to_le_bytes());
    assert_eq!(bench.sim.counters().unknown["(unknown)"], 1);
}

/// The names of the errors that were answered since the last question.
fn errors(bench: &mut Bench) -> Vec<String> {
    let remembered = std::mem::take(&mut bench.connection.remembered);
    let error = |result: &[u8]| match enums::RpcError::from_bytes(result.get(12..)?) {
        Ok(enums::RpcError::Error(e)) => Some(e.error_message),
        Err(_) => None,
    };
    remembered
        .iter()
        .filter_map(|(_, result)| error(result))
        .collect()
}

#[test]
fn a_foreign_data_centre_gives_files_only() {
    let mut bench = Bench::new();
    let requests = bench.requests();
    bench.connection.dc = 4;
    for request in &requests {
        bench.message(request);
    }
    let told = errors(&mut bench);
    assert_eq!(
        told.iter().filter(|e| *e == "USER_MIGRATE_2").count(),
        5,
        "{told:?}"
    );
    assert_eq!(told.last().map(String::as_str), Some("FILE_ID_INVALID"));
}

#[test]
fn a_connection_begins_by_saying_who_it_is() {
    let mut bench = Bench::new();
    let key_id = bench.connection.key_id;
    if let Some(key) = bench.sim.shared.keys().get_mut(key_id) {
        key.device.clear();
    }
    bench.message(&functions::updates::GetState {}.to_bytes());
    assert_eq!(errors(&mut bench), ["CONNECTION_NOT_INITED"]);
}

#[test]
fn an_answer_that_is_lost_was_executed_and_is_told_when_it_is_asked_for_again() {
    let mut bench = Bench::new();
    let log_out = functions::auth::LogOut {}.to_bytes();
    let account = |bench: &Bench| {
        let keys = bench.sim.shared.keys();
        keys.get(bench.connection.key_id).and_then(|key| key.account)
    };
    let mut told = |action: Option<Action>, again: bool| {
        if let Some(action) = action {
            bench.sim.faults().add(Rule::once("auth.logOut", action));
        }
        bench.messages -= if again { 4 } else { 0 };
        assert!(bench.message(&log_out));
        bench.connection.flush();
        let told = !std::mem::take(&mut bench.connection.wire).is_empty();
        (told, account(&bench))
    };
    assert_eq!(
        told(Some(Action::NoAnswer), false),
        (false, Some(ACCOUNT)),
        "not executed"
    );
    assert_eq!(told(Some(Action::LoseAnswer), false), (false, None), "executed");
    assert_eq!(told(None, true), (true, None), "and told");
}
