// The shell: what every page has. Each part lives in its own small module.
import { startTheme } from "./theme_toggle.js";
import { startToasts } from "./toasts.js";
import { startPalette } from "./palette.js";
import { startKeys } from "./keys.js";
import { startHtmx } from "./htmx_setup.js";
import { startWhy } from "./why.js";
import { startCharts } from "./chart.js";
import { startMenus } from "./menus.js";
import { startForms } from "./forms.js";
import { startFocus } from "./focus.js";
import { startDrafts } from "./drafts.js";

startHtmx();
startTheme();
startToasts();
startMenus();
startForms();
startFocus();
startDrafts();
startPalette();
startKeys();
startWhy();
startCharts();
