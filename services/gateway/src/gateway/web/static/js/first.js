// What must be known before the first paint: the theme that was chosen, and that scripts run.
const kept = localStorage.getItem("theme");
if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
document.documentElement.dataset.script = "";
