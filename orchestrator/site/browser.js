// What the page does beyond being read: filter the jobs, and move through the map by keyboard.
const byId = (id) => document.getElementById(id);
const groups = [...document.querySelectorAll('.group')].map((details) => ({
  details,
  service: details.querySelector('h3').textContent.toLowerCase(),
  wasOpen: details.open,
  rows: [...details.querySelectorAll('tbody tr')].map((row) => ({
    row,
    name: row.querySelector('th').textContent.toLowerCase(),
  })),
}));
const filter = byId('filter');
const which = byId('which');

function apply() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  let all = 0;
  for (const { details, service, wasOpen, rows } of groups) {
    let own = 0;
    for (const { row, name } of rows) {
      const isNamed = words.every((word) => name.includes(word) || service.includes(word));
      row.hidden = !isNamed || (which.value === 'attention' && !row.classList.contains('needy'));
      own += row.hidden ? 0 : 1;
    }
    details.hidden = own === 0;
    details.open = isFiltered() ? own > 0 : wasOpen;
    shown += own;
    all += rows.length;
  }
  byId('nothing').hidden = shown > 0 || all === 0;
  byId('shown').textContent = isFiltered() ? `${shown} of ${all} jobs shown` : `${all} jobs`;
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

document.documentElement.classList.add('js');
for (const table of document.querySelectorAll('#map table')) {
  table.setAttribute('role', 'grid');
  // Where it is too wide, the newest is what people come for.
  table.parentElement.scrollLeft = table.scrollWidth;
}
for (const group of groups) {
  group.details.addEventListener('toggle', () => {
    if (!isFiltered()) group.wasOpen = group.details.open;
  });
}
filter.addEventListener('input', apply);
which.addEventListener('change', apply);
byId('open').addEventListener('click', () => openAll(true));
byId('close').addEventListener('click', () => openAll(false));
document.querySelector('.toolbar').addEventListener('submit', (event) => event.preventDefault());
byId('map').addEventListener('keydown', move);
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
