/** What a person does on the page, in the browser: each is one request to `/sim`, after which the page is loaded anew. */
export const libraryPageScript = `
'use strict';
const here = document.body.dataset.files;
const status = document.querySelector('output');
const picker = document.querySelector('input[type=file]');
const dialog = document.querySelector('dialog');
let target = null;

async function send(method, url, body) {
  const response = await fetch(url, { method, body });
  if (response.ok) return;
  const answer = await response.json().catch(() => null);
  throw new Error(answer?.error?.message ?? response.status + ' ' + response.statusText);
}

function say(text, isBad) {
  status.value = text;
  status.classList.toggle('bad', isBad);
}

async function act(work) {
  document.body.classList.add('busy');
  try {
    await work();
    location.reload();
  } catch (error) {
    document.body.classList.remove('busy');
    say(error.message, true);
  }
}

function put(files) {
  const url = target;
  if (files.length === 0) return undefined;
  return act(async () => {
    for (const file of files) {
      say('Sending ' + file.name, false);
      await send('PUT', url ?? here + encodeURIComponent(file.name), file);
    }
  });
}

function choose(url) {
  target = url;
  picker.multiple = url === null;
  picker.value = '';
  picker.click();
}

// Gives back what was typed, or null when it was called off. Without a value there is nothing to type.
function ask({ title, text, button, value }) {
  const [input] = dialog.getElementsByTagName('input');
  const asksForText = value !== undefined;
  dialog.querySelector('h4').textContent = title;
  dialog.querySelector('p').textContent = text;
  dialog.querySelector('p').hidden = text === '';
  dialog.querySelector('.main').textContent = button;
  input.hidden = !asksForText;
  input.required = asksForText;
  input.value = value ?? '';
  dialog.returnValue = '';
  dialog.showModal();
  if (asksForText) input.setSelectionRange(value.lastIndexOf('/') + 1, value.length);
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes' ? input.value : null), { once: true });
  });
}

const actions = {
  add: () => choose(null),
  change: ({ url }) => choose(url),
  async folder() {
    const name = await ask({ title: 'New folder', text: 'Its name', button: 'Make', value: '' });
    if (name) void act(() => send('PUT', here + encodeURIComponent(name) + '/'));
  },
  async move({ url, path }) {
    const text = 'The path within the library: with another folder in it, the place changes too.';
    const to = await ask({ title: 'Rename or move', text, button: 'Rename', value: path });
    if (to && to !== path) void act(() => send('PATCH', url, JSON.stringify({ path: to })));
  },
  async remove({ url, path, kind }) {
    const text = kind === 'folder' ? 'With all that is in it.' : '';
    const sure = await ask({ title: 'Remove ' + path + '?', text, button: 'Remove' });
    if (sure !== null) void act(() => send('DELETE', url));
  },
  grant: ({ url, granted }) => act(() => send('PUT', url, JSON.stringify({ granted: granted !== 'true' }))),
};

document.addEventListener('click', ({ target: clicked }) => {
  const button = clicked.closest('[data-action]');
  if (button !== null) void actions[button.dataset.action](button.dataset);
});
dialog.querySelector('.off').addEventListener('click', () => dialog.close());
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
