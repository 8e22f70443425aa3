//! Who is in the stories, and the many others.

use drawings::Subject;

use super::{ACCOUNT, mix};
use crate::world::{UserInfo, World, drawn_avatar};

/// Key in the stories, first name, last name, user name (empty: none), portrait (0: none).
const CAST: [(&str, &str, &str, &str, u16); 38] = [
    ("me", "Lena", "Ortega", "lena_ortega", 2),
    ("Mum", "Mum", "", "", 14),
    ("Dad", "Dad", "", "", 0),
    ("Tomas", "Tomás", "Ortega", "tomasito", 7),
    ("Babushka", "Бабушка", "", "", 19),
    ("Abuela", "Abuela", "Carmen", "", 11),
    ("Marta", "Marta", "Vidal", "martavidal", 5),
    ("Kenji", "田中", "健二", "kenji_t", 16),
    ("Noor", "نور", "حداد", "noor_h", 21),
    ("Yael", "יעל", "לוי", "yael_runs", 26),
    ("Rosa", "Rosa", "La Espiga", "rosa_espiga", 30),
    ("Iker", "Iker", "", "iker_pan", 31),
    ("Lucia", "Lucía", "Ferrer", "", 32),
    ("Pau", "Pau", "", "pau_vecino", 0),
    ("Marisol", "Marisol", "", "", 34),
    ("Ravi", "रवि", "शर्मा", "ravi_s", 35),
    ("Asha", "आशा", "", "asha_chai", 36),
    ("Dev", "देव", "", "", 0),
    ("Vera", "Вера", "Андреевна", "vera_dirigent", 38),
    ("Lev", "Лев", "", "lev_tenor", 39),
    ("Sonya", "Соня", "", "", 40),
    ("Gleb", "Глеб", "Морозов", "gleb_bass", 41),
    ("Mei", "梅", "", "mei_reads", 42),
    ("Hao", "浩", "", "hao_hao", 43),
    ("Lin", "林", "", "", 0),
    ("Maya", "Maya", "Lindqvist", "maya_l", 45),
    ("Oleg", "Oleg", "Petrov", "olegp", 46),
    ("Ana", "Ana", "Sousa", "ana_sousa", 47),
    ("Priya", "Priya", "N.", "priya_maps", 48),
    ("Sven", "Sven", "", "sven_tiles", 0),
    ("Bot", "Tide Bot", "", "harbour_tide_bot", 0),
    ("Gone", "", "", "", 0),
    ("Ferry", "Nadia", "Ferreira", "nadia_ferry", 51),
    ("Clara", "Clara", "Roca", "clara_roca", 52),
    ("Zeynep", "Zeynep", "", "zeynep", 53),
    ("Ngozi", "Ngozi", "Adeyemi", "ngozi_a", 54),
    ("Hugo", "Hugo", "", "hugo_walks", 55),
    ("Aino", "Aino", "Virtanen", "aino_v", 56),
];

const FIRST: [&str; 60] = [
    "Nora",
    "Jonas",
    "Amira",
    "Liam",
    "Chiara",
    "Mateo",
    "Zoë",
    "Pavel",
    "Ingrid",
    "Yusuf",
    "Hana",
    "Diego",
    "Elif",
    "Björn",
    "Sofia",
    "Tariq",
    "Emma",
    "Luca",
    "Freya",
    "Omar",
    "Beatriz",
    "Noah",
    "Katya",
    "Ravi",
    "Maud",
    "Andrés",
    "Lucie",
    "Iván",
    "Olivia",
    "Kofi",
    "Marta",
    "Stefan",
    "Aylin",
    "Hugo",
    "Ольга",
    "Дмитрий",
    "Анна",
    "Игорь",
    "陈静",
    "王磊",
    "李娜",
    "佐藤",
    "美咲",
    "さくら",
    "ليلى",
    "كريم",
    "مريم",
    "यश",
    "मीरा",
    "אורי",
    "תמר",
    "Thandi",
    "Wanjiru",
    "Mehmet",
    "Ágnes",
    "Jakub",
    "Siobhán",
    "Rhys",
    "Leilani",
    "🌿 Fern",
];
const LAST: [&str; 40] = [
    "",
    "",
    "",
    "",
    "Berg",
    "Rossi",
    "García",
    "Novak",
    "Haddad",
    "Okafor",
    "Lindholm",
    "Moreau",
    "Kaya",
    "Ferreira",
    "Schmidt",
    "Kowalska",
    "O'Neill",
    "Tanaka",
    "Silva",
    "Jensen",
    "Marin",
    "Popescu",
    "Khan",
    "Mbeki",
    "Larsen",
    "Dubois",
    "Costa",
    "Keller",
    "Ibrahim",
    "Nguyen",
    "de Vries",
    "Horvat",
    "Castillo",
    "Walsh",
    "Fischer",
    "Santos",
    "Varga",
    "Lund",
    "Abadi",
    "van den Berg-Montgomery",
];
/// The first member of clubs that is nobody of the cast.
const MEMBERS: i64 = 7_410_000_000;
const CAST_IDS: i64 = 7_400_000_001;

/// The id of somebody of the cast.
pub(super) fn id_of(key: &str) -> Option<i64> {
    if key == "me" {
        return Some(ACCOUNT);
    }
    let place = CAST.iter().position(|(k, ..)| *k == key)?;
    Some(CAST_IDS + place as i64)
}

/// The name of somebody of the cast.
pub(super) fn name_of(key: &str) -> &'static str {
    CAST.iter().find(|(k, ..)| *k == key).map_or("", |c| c.1)
}

/// Puts the whole cast into the world.
pub(super) fn cast(world: &mut World) {
    for (key, first, last, username, portrait) in CAST {
        let Some(id) = id_of(key) else { continue };
        let info = UserInfo {
            id,
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            username: (!username.is_empty()).then(|| username.to_owned()),
            bot: key == "Bot",
            deleted: key == "Gone",
            photo: match (key, portrait) {
                ("Bot", _) => Some(drawn_avatar(Subject::Sea, 3, id)),
                (_, 0) => None,
                (_, number) => Some(drawn_avatar(Subject::Portrait, number, id)),
            },
        };
        world.users.insert(id, info);
    }
}

/// So many others; half of them have a portrait.
pub(super) fn crowd(world: &mut World, seed: u64, count: usize) -> Vec<i64> {
    (0..count as i64)
        .map(|n| {
            let r = |k: u64| mix(seed ^ 0xc20d, n as u64 * 8 + k);
            let id = MEMBERS + n * 97 + (r(0) % 90) as i64;
            let pick = |from: &[&str], random: u64| from[(random % from.len() as u64) as usize].to_owned();
            let info = UserInfo {
                id,
                first_name: pick(&FIRST, r(1)),
                last_name: pick(&LAST, r(2)),
                username: r(3).is_multiple_of(3).then(|| format!("walker{n}")),
                bot: false,
                deleted: n % 67 == 66,
                photo: r(4)
                    .is_multiple_of(2)
                    .then(|| drawn_avatar(Subject::Portrait, 60 + (r(5) % 120) as u16, id)),
            };
            world.users.insert(id, info);
            id
        })
        .collect()
}
