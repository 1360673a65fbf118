// Where the page begins: set-up link, log-in, or the control room.

import { get, type Session, type Words } from "./api.js";
import { loginView, setupView } from "./login.js";
import { Room } from "./room.js";
import { ended, learn } from "./words.js";

const page = document.getElementById("page")!;
let room: Room | null = null;

function show(view: HTMLElement): void {
  room?.close();
  room = null;
  page.replaceChildren(view);
}

function showLogin(name: string, remark: string): void {
  show(loginView(name, remark, enter));
}

async function enter(): Promise<void> {
  const session = await get<Session>("/api/session");
  learn(await get<Words>("/api/words"));
  room?.close();
  let isOver = false;
  const entered = new Room(session, (reason) => {
    if (isOver) return;
    isOver = true;
    showLogin(session.user, ended(reason));
  });
  page.replaceChildren(entered.element);
  room = entered;
}

async function begin(): Promise<void> {
  const setup = /^#setup=([\w-]+)$/.exec(location.hash)?.[1];
  if (setup) {
    // Out of the address bar and the history: it is a secret.
    history.replaceState(null, "", "/");
    return show(await setupView(setup, showLogin));
  }
  try {
    await enter();
  } catch {
    showLogin("", "");
  }
}

void begin();
window.addEventListener("hashchange", () => void begin());
