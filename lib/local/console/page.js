// Stands in for a CloudWatch dashboard: shows what the widget's function answers, and does what its buttons say.
const element = (id) => document.getElementById(id);
const [ask, key, said, settings, refresh, theme, widget] = [
  'ask',
  'key',
  'said',
  'settings',
  'refresh',
  'theme',
  'widget',
].map(element);
const LOOK = document.body.dataset.widget;
const REFRESH_MS = 2_000;

/** What the address says: a view's parameters. */
const addressed = () => ({ endpoint: LOOK, parameters: Object.fromEntries(new URLSearchParams(location.search)) });

// A link that leads here carries the key where no server and no log sees it; nor does the history from now on.
const carried = /^#key=(.+)$/.exec(location.hash)?.[1];
if (carried !== undefined) {
  sessionStorage.setItem('curfew-operator-key', decodeURIComponent(carried));
  history.replaceState(null, '', location.pathname + location.search);
}

// What is shown now: repeated, it is shown anew.
let shown = addressed();
// Each call has a number: the answer of one that was overtaken is not shown.
let calls = 0;
let isCalling = false;

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => (theme.value === 'system' ? prefersDark.matches : theme.value === 'dark');

function applyTheme() {
  document.documentElement.dataset.theme = isDark() ? 'dark' : 'light';
}

/** What CloudWatch tells a widget beside its parameters. */
function widgetContext() {
  const fields = [...widget.querySelectorAll('form')].flatMap((form) => [...new FormData(form)]);
  const minutes = -new Date().getTimezoneOffset();
  const digits = (number) => String(Math.trunc(Math.abs(number))).padStart(2, '0');
  return {
    dashboardName: 'local',
    widgetId: 'curfew',
    accountId: '000000000000',
    locale: navigator.language,
    timezone: {
      label: 'Local',
      offsetISO: `${minutes < 0 ? '-' : '+'}${digits(minutes / 60)}:${digits(minutes % 60)}`,
      offsetInMinutes: minutes,
    },
    theme: isDark() ? 'dark' : 'light',
    title: 'Curfew',
    forms: { all: Object.fromEntries(fields) },
    params: {},
    width: widget.clientWidth,
    height: widget.clientHeight,
  };
}

/** @param isAnew the same again, unasked: whoever is at the keyboard stays where they are */
async function call({ endpoint, parameters }, isAnew = false) {
  const number = ++calls;
  isCalling = true;
  widget.setAttribute('aria-busy', 'true');
  const answer = await fetch('/local/console', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${sessionStorage.getItem('curfew-operator-key')}`,
    },
    body: JSON.stringify({ endpoint, event: { ...parameters, widgetContext: widgetContext() } }),
  }).catch(() => undefined);
  const body = await answer?.json().catch(() => undefined);
  if (number !== calls) return;
  isCalling = false;
  widget.removeAttribute('aria-busy');
  if (answer?.status === 401 || answer?.status === 403) return askForKey('This is not the operator key.');
  if (!answer?.ok || body === undefined) {
    say(answer === undefined ? 'Curfew does not answer. Is npm start running?' : 'The widget’s function failed.');
    return;
  }
  // They have begun to type, or are being asked, since it was sent for.
  if (isAnew && isBusy()) return;
  say('');
  shown = { endpoint, parameters };
  show(body.html, isAnew);
}

const say = (text) => {
  if (said.textContent !== text) said.textContent = text;
};

/** As CloudWatch, without whatever could act by itself. */
function show(html, isAnew) {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  for (const active of parsed.querySelectorAll('script, iframe, object, embed, use')) active.remove();
  for (const node of parsed.querySelectorAll('*')) {
    for (const { name } of [...node.attributes]) if (name.startsWith('on')) node.removeAttribute(name);
  }
  const focused = widget.contains(document.activeElement) ? document.activeElement.id : undefined;
  widget.replaceChildren(...parsed.head.childNodes, ...parsed.body.childNodes);
  const again = focused ? document.getElementById(focused) : null;
  if (focused !== undefined || !isAnew) {
    (again ?? widget.querySelector('[tabindex="-1"]'))?.focus({ preventScroll: isAnew });
  }
}

/** The button is the element before its action. */
widget.addEventListener('click', async (event) => {
  const button = event.target.closest('button, a');
  const action = button?.nextElementSibling;
  if (action?.localName !== 'cwdb-action' || action.getAttribute('action') !== 'call') return;
  event.preventDefault();
  const asked = { endpoint: action.getAttribute('endpoint'), parameters: JSON.parse(action.textContent || '{}') };
  await call(asked.parameters.form === undefined ? asked : { ...asked, parameters: filled(asked.parameters) });
  keepAddress();
});

/** With what stands in the form: so it stands in the address too. */
function filled({ form: _, ...rest }) {
  const fields = Object.entries(widgetContext().forms.all).filter(([name, text]) => text !== '' && name !== 'reason');
  return { ...rest, ...Object.fromEntries(fields), set: '1' };
}

/** Each view has an address, so that Back leads to the one before; a question and its answer have none. */
function keepAddress() {
  if (shown.endpoint !== LOOK || shown.parameters.ask !== undefined) return;
  const query = new URLSearchParams(shown.parameters).toString();
  const address = location.pathname + (query === '' ? '' : `?${query}`);
  if (address !== location.pathname + location.search) history.pushState(null, '', address);
}
addEventListener('popstate', () => !settings.hidden && call(addressed()));

/** Enter in a field is its form's button. */
widget.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.target.localName !== 'input') return;
  event.preventDefault();
  event.target.form?.querySelector('button')?.click();
});
widget.addEventListener('submit', (event) => event.preventDefault());

function askForKey(why = '') {
  sessionStorage.removeItem('curfew-operator-key');
  calls++;
  isCalling = false;
  shown = addressed();
  widget.replaceChildren();
  settings.hidden = true;
  ask.hidden = false;
  say(why);
  key.value = '';
  key.focus();
}

/** @param isLoading nobody has asked for the view: they begin at the top of the page */
function start(isLoading = false) {
  ask.hidden = true;
  settings.hidden = false;
  say('');
  call(shown, isLoading);
}

ask.addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('curfew-operator-key', key.value.trim());
  start();
});
element('forget').addEventListener('click', () => askForKey());

/** Somebody is filling a form in, or is being asked: it is not taken from under their hands. */
const isBusy = () =>
  shown.parameters.ask !== undefined ||
  document.activeElement?.matches('#widget input, #widget select') ||
  [...widget.querySelectorAll('input')].some((field) => field.value !== field.defaultValue) ||
  [...widget.querySelectorAll('option')].some((option) => option.selected !== option.defaultSelected);

function showAnew() {
  if (settings.hidden || isCalling || document.hidden || isBusy()) return;
  // An end is not asked for twice.
  if (shown.endpoint === LOOK) call(shown, true);
}

setInterval(() => refresh.checked && showAnew(), REFRESH_MS);

theme.value = localStorage.getItem('curfew-theme') ?? 'system';
theme.addEventListener('change', () => {
  localStorage.setItem('curfew-theme', theme.value);
  applyTheme();
  showAnew();
});
prefersDark.addEventListener('change', () => {
  applyTheme();
  showAnew();
});
let resized;
addEventListener('resize', () => {
  clearTimeout(resized);
  resized = setTimeout(showAnew, 200);
});

applyTheme();
if (sessionStorage.getItem('curfew-operator-key') === null) askForKey();
else start(true);
