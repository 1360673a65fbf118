// Where the page begins: set-up link, log-in, or the control room.

import { get, type Catalogue, type Session, type Words } from "./api.js";
import { loginView, setupView } from "./login.js";
import { Room } from "./room.js";
import { ended, learn } from "./words.js";

const page = document.getElementById("page")!;
let room: Room | null = null;
/** How often somebody entered: of two at once the later counts. */
let entries = 0;

function show(view: HTMLElement): void {
  room?.close();
  room = null;
  page.replaceChildren(view);
}

function showLogin(name: string, remark: string): void {
  show(loginView(name, remark, async () => (await enter())?.focus()));
}

/** Gives the room; null where somebody chose to enter otherwise meanwhile. */
async function enter(chosen = ""): Promise<Room | null> {
  const entry = ++entries;
  const session = await get<Session>("/api/session");
  learn({ ...(await get<Pick<Words, "purposes">>("/api/words")), command: session.give_command ?? "" });
  if (entry !== entries) return null;
  room?.close();
  let isOver = false;
  const [only, ...others] = session.purposes;
  const purpose = session.purposes.includes(chosen) ? chosen : others.length === 0 ? (only ?? "") : "";
  const over = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    // With other roles the page begins anew: what the old ones showed is gone from it.
    if (reason === "changed") enter(purpose).then((other) => other?.focus(), () => showLogin(session.user, ""));
    else showLogin(session.user, ended(reason));
  };
  const choose = (another: string): void => {
    isOver = true;
    enter(another).then((other) => other?.focusPurpose(), () => showLogin(session.user, ""));
  };
  const entered = new Room(session, purpose, over, choose);
  page.replaceChildren(entered.element);
  room = entered;
  return entered;
}

async function begin(): Promise<void> {
  // Without it codes stand for words, and all else works.
  learn({ catalogue: await get<Catalogue>("/words.json").catch(() => ({})) });
  const setup = /^#setup=([\w-]+)$/.exec(location.hash)?.[1];
  if (setup) {
    // Out of the address bar and the history: it is a secret.
    history.replaceState(null, "", "/");
    return show(await setupView(setup, showLogin));
  }
  try {
    (await enter())?.focus();
  } catch {
    showLogin("", "");
  }
}

void begin();
window.addEventListener("hashchange", () => void begin());
