import "./theme/tokens.css";
import "./theme/base.css";
import { Route, Router } from "@solidjs/router";
import { render } from "solid-js/web";
import { ChatPage } from "./features/chat/ChatPage";
import { NotFound } from "./features/shell/NotFound";
import { Shell } from "./features/shell/Shell";
import { Welcome } from "./features/shell/Welcome";
import { applyLanguage, language, loadLanguage } from "./i18n";
import { lazily } from "./lib/lazily";
import { followParts } from "./lib/outdated";
import { applyTheme } from "./theme/theme";

const IncidentsPage = lazily(() => import("./features/incidents/IncidentsPage"), "IncidentsPage");
const StatusPage = lazily(() => import("./features/status/StatusPage"), "StatusPage");
const AccountPage = lazily(() => import("./features/accounts/AccountPage"), "AccountPage");
const SettingsPage = lazily(() => import("./features/settings/SettingsPage"), "SettingsPage");

function App() {
  applyTheme();
  applyLanguage();
  return (
    <Router root={Shell}>
      <Route path="/" component={Welcome} />
      <Route path="/c/:account/:chat/:message?" component={ChatPage} />
      <Route path="/incidents" component={IncidentsPage} />
      <Route path="/status" component={StatusPage} />
      <Route path="/account" component={AccountPage} />
      <Route path="/settings" component={SettingsPage} />
      <Route path="*" component={NotFound} />
    </Router>
  );
}

followParts();

const root = document.getElementById("root");
// The language first: nobody should see the page change its words.
if (root)
  void loadLanguage(language()).finally(() => {
    root.textContent = "";
    render(() => <App />, root);
  });

// When the page is there: the worker fetches all of it once more.
if ("serviceWorker" in navigator && import.meta.env.PROD) {
  const register = () => void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  addEventListener("load", () => setTimeout(register, 1000));
}
