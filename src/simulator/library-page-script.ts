/** What a person does on the page, in the browser: each is one request to `/sim`, after which the page is loaded anew. */
export const libraryPageScript = `
'use strict';
const here = document.body.dataset.files;
const status = document.querySelector('output');
const picker = document.querySelector('input[type=file]');
let target = null;

async function send(method, url, body) {
  const response = await fetch(url, { method, body });
  if (response.ok) return;
  const answer = await response.json().catch(() => null);
  throw new Error(answer?.error?.message ?? response.status + ' ' + response.statusText);
}

async function act(work) {
  document.body.classList.add('busy');
  try {
    await work();
    location.reload();
  } catch (error) {
    document.body.classList.remove('busy');
    status.value = error.message;
  }
}

function put(files) {
  const sent = target ?? null;
  return act(async () => {
    for (const file of files) {
      status.value = 'Sending ' + file.name;
      await send('PUT', sent ?? here + encodeURIComponent(file.name), file);
    }
  });
}

function choose(url) {
  target = url;
  picker.multiple = url === null;
  picker.value = '';
  picker.click();
}

const actions = {
  add: () => choose(null),
  change: ({ url }) => choose(url),
  folder() {
    const name = prompt('Name of the new folder');
    if (name) void act(() => send('PUT', here + encodeURIComponent(name) + '/'));
  },
  move({ url, path }) {
    const to = prompt('New name; with another folder in front, the place changes too', path);
    if (to && to !== path) void act(() => send('PATCH', url, JSON.stringify({ path: to })));
  },
  remove({ url, path }) {
    if (confirm('Remove ' + path + '?')) void act(() => send('DELETE', url));
  },
  grant: ({ url, granted }) => act(() => send('PUT', url, JSON.stringify({ granted: granted !== 'true' }))),
};

document.addEventListener('click', ({ target: clicked }) => {
  const button = clicked.closest('[data-action]');
  if (button !== null) actions[button.dataset.action](button.dataset);
});
picker.addEventListener('change', () => put([...picker.files]));
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('over');
});
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) document.body.classList.remove('over');
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('over');
  target = null;
  void put([...event.dataTransfer.files]);
});
`;
