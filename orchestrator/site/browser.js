// What the page does beyond being read: filter the jobs, move through the map by keyboard, and tell times as the reader's clock does.
const byId = (id) => document.getElementById(id);
const groups = [...document.querySelectorAll('.group')].map((details) => ({
  details,
  service: details.querySelector('h3').textContent.toLowerCase(),
  isListed: details.closest('#list') !== null,
  wasOpen: details.open,
  rows: [...details.querySelectorAll('.jobs > li, tbody tr')].map((row) => ({
    row,
    name: row.querySelector('.name').textContent.toLowerCase(),
  })),
}));
const filter = byId('filter');
const which = byId('which');

function apply() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  let all = 0;
  for (const { details, service, isListed, wasOpen, rows } of groups) {
    let own = 0;
    for (const { row, name } of rows) {
      const isNamed = words.every((word) => name.includes(word) || service.includes(word));
      row.hidden = !isNamed || (which.value === 'attention' && !row.classList.contains('needy'));
      own += row.hidden ? 0 : 1;
    }
    details.hidden = own === 0;
    details.open = isFiltered() ? own > 0 : wasOpen;
    if (!isListed) continue;
    shown += own;
    all += rows.length;
  }
  byId('nothing').hidden = shown > 0 || all === 0;
  byId('shown').textContent = isFiltered() ? `${shown} of ${all} jobs shown` : `${all} ${all === 1 ? 'job' : 'jobs'}`;
  restoreTabStops();
}

const isFiltered = () => filter.value.trim() !== '' || which.value !== 'all';

function openAll(isOpen) {
  for (const group of groups) {
    group.details.open = isOpen;
    group.wasOpen = isOpen;
  }
}

// Each table is a grid with one stop for the Tab key; the arrow keys do the rest.
const rowsOf = (table) => [...table.querySelectorAll('tbody tr:not([hidden])')];

function stopAt(cell) {
  for (const other of cell.closest('table').querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  cell.tabIndex = 0;
}

function restoreTabStops() {
  for (const table of document.querySelectorAll('#map table')) {
    const stop = table.querySelector('[tabindex="0"]');
    if (stop !== null && !stop.parentElement.hidden) continue;
    const [first] = rowsOf(table);
    if (first !== undefined) stopAt(first.cells[0]);
  }
}

const moves = {
  ArrowLeft: ([row, column]) => [row, column - 1],
  ArrowRight: ([row, column]) => [row, column + 1],
  ArrowUp: ([row, column]) => [row - 1, column],
  ArrowDown: ([row, column]) => [row + 1, column],
  Home: ([row]) => [row, 0],
  End: ([row]) => [row, Number.POSITIVE_INFINITY],
};

const within = (list, index) => list[Math.min(Math.max(index, 0), list.length - 1)];

function move(event) {
  const cell = event.target.closest('#map tbody :is(th, td)');
  const step = moves[event.key];
  if (cell === null || step === undefined || event.altKey || event.metaKey) return;
  event.preventDefault();
  const rows = rowsOf(cell.closest('table'));
  const [row, column] = step([rows.indexOf(cell.parentElement), cell.cellIndex]);
  const toEnd = event.ctrlKey && event.key === 'End' ? rows.length - 1 : row;
  const target = within([...within(rows, event.ctrlKey && event.key === 'Home' ? 0 : toEnd).cells], column);
  stopAt(target);
  target.focus();
}

// Where the reader's clock shows another time than UTC, that is what the page says, and UTC stands in the title.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const clock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function here(instant) {
  const parts = Object.fromEntries(clock.formatToParts(instant).map(({ type, value }) => [type, value]));
  const month = months[instant.getMonth()];
  return {
    day: `${parts.day} ${month}`,
    hour: parts.hour,
    minute: `${parts.day} ${month} ${parts.hour}:${parts.minute}`,
  };
}

const utc = (instant) =>
  `${instant.getUTCDate()} ${months[instant.getUTCMonth()]} ${instant.toISOString().slice(11, 16)} UTC`;

function tellTimes() {
  const now = new Date(document.querySelector('header time').dateTime);
  if (['UTC', 'Etc/UTC', 'GMT'].includes(zone)) return;
  for (const time of document.querySelectorAll('time')) {
    const instant = new Date(time.dateTime);
    time.title = utc(instant);
    time.textContent = time.closest('thead') === null ? here(instant).minute : here(instant).hour;
  }
  for (const head of document.querySelectorAll('#map thead')) {
    let day = '';
    for (const time of head.querySelectorAll('time')) {
      const own = here(new Date(time.dateTime)).day;
      time.previousElementSibling.textContent = own === day ? '' : own;
      day = own;
    }
  }
  byId('zone').textContent =
    `Times are those of ${zone}; where the pointer is over one, UTC (now ${utc(now).slice(-9)}).`;
}

// What a cell says begins with its column, which may be an hour: that is told when somebody asks.
function tellHour({ target }) {
  const cell = target.closest?.('#map tbody td');
  const text = cell?.querySelector('i');
  const time = cell?.closest('table').tHead.rows[0].cells[cell.cellIndex].querySelector('time');
  if (!text || !time?.title || text.dataset.told) return;
  text.dataset.told = 'yes';
  const [, ...says] = text.textContent.split(' UTC: ');
  text.textContent = `${here(new Date(time.dateTime)).minute} (${time.title}): ${says.join(' UTC: ')}`;
}

document.documentElement.classList.add('js');
tellTimes();
for (const table of document.querySelectorAll('#map table')) table.setAttribute('role', 'grid');
for (const group of groups) {
  group.details.addEventListener('toggle', () => {
    if (!isFiltered()) group.wasOpen = group.details.open;
  });
}
filter.addEventListener('input', apply);
which.addEventListener('change', apply);
byId('open').addEventListener('click', () => openAll(true));
byId('close').addEventListener('click', () => openAll(false));
for (const form of document.querySelectorAll('.toolbar'))
  form.addEventListener('submit', (event) => event.preventDefault());
byId('map').addEventListener('keydown', move);
for (const asked of ['pointerover', 'focusin']) byId('map').addEventListener(asked, tellHour);
byId('map').addEventListener('click', ({ target }) => {
  const cell = target.closest('tbody :is(th, td)');
  if (cell === null) return;
  stopAt(cell);
  cell.focus();
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !event.target.closest('input, select')) {
    event.preventDefault();
    filter.focus();
  }
  if (event.key === 'Escape' && event.target === filter) {
    filter.value = '';
    apply();
  }
});
apply();
