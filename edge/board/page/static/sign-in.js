// Takes the token from behind the address's # or from the form, changes it for a cookie, and goes on to the page.
"use strict";
const said = document.getElementById("said");
async function sign(token) {
  try {
    const reply = await fetch("/sign-in", { method: "POST", body: token.trim() });
    if (!reply.ok) { said.textContent = await reply.text(); return; }
    location.replace("/");
  } catch {
    said.textContent = "the board does not answer";
  }
}
document.getElementById("sign").addEventListener("submit", event => {
  event.preventDefault();
  sign(document.getElementById("token").value);
});
const token = location.hash.slice(1);
if (token) { history.replaceState(null, "", "/"); sign(token); }
