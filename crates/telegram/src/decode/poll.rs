//! Polls with their results.

use std::fmt::Write as _;

use grammers_tl_types::{enums, types};
use model::{Poll, PollOption};

pub(super) fn poll(media: &types::MessageMediaPoll) -> Poll {
    let enums::Poll::Poll(poll) = &media.poll;
    let enums::PollResults::Results(results) = &media.results;
    Poll {
        id: poll.id,
        question: text(&poll.question).to_owned(),
        options: poll
            .answers
            .iter()
            .map(|a| option(a, results.results.as_deref().unwrap_or_default()))
            .collect(),
        closed: poll.closed,
        public_voters: poll.public_voters,
        multiple_choice: poll.multiple_choice,
        quiz: poll.quiz,
        total_voters: results.total_voters.map(i64::from),
        solution: results.solution.clone(),
    }
}

fn option(answer: &enums::PollAnswer, results: &[enums::PollAnswerVoters]) -> PollOption {
    let enums::PollAnswer::Answer(answer) = answer else {
        return PollOption::default();
    };
    let voters = results.iter().find_map(|r| {
        let enums::PollAnswerVoters::Voters(r) = r;
        (r.option == answer.option).then_some(r)
    });
    PollOption {
        text: text(&answer.text).to_owned(),
        option: hex(&answer.option),
        voters: voters.and_then(|v| v.voters).map(i64::from),
        chosen: voters.is_some_and(|v| v.chosen),
        correct: voters.map(|v| v.correct),
    }
}

pub(super) fn text(text: &enums::TextWithEntities) -> &str {
    let enums::TextWithEntities::Entities(text) = text;
    &text.text
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
            // Writing into a string cannot fail.
            let _ = write!(out, "{b:02x}");
            out
        })
}
