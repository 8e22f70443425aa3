//! Link previews.

use grammers_tl_types::enums;
use model::WebPage;

use super::file::photo;

pub(super) fn webpage(page: &enums::WebPage) -> Option<WebPage> {
    match page {
        enums::WebPage::Page(p) => Some(WebPage {
            url: p.url.clone(),
            display_url: p.display_url.clone(),
            site_name: p.site_name.clone(),
            title: p.title.clone(),
            description: p.description.clone(),
            author: p.author.clone(),
            photo: p.photo.as_ref().and_then(photo).map(Box::new),
            pending: false,
        }),
        enums::WebPage::Pending(p) => Some(without_content(p.url.as_ref(), true)),
        enums::WebPage::Empty(p) => Some(without_content(p.url.as_ref(), false)),
        enums::WebPage::NotModified(_) => None,
    }
}

fn without_content(url: Option<&String>, pending: bool) -> WebPage {
    WebPage {
        url: url.cloned().unwrap_or_default(),
        pending,
        ..WebPage::default()
    }
}
