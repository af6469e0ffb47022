/** Asks the browser for a passkey and submits the answer with the form. */
export const PASSKEY_SCRIPT = `
'use strict';
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
const withIds = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
async function ask(kind, options) {
  const challenge = bytes(options.challenge);
  if (kind === 'create') {
    const publicKey = { ...options, challenge, user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: withIds(options.excludeCredentials) };
    const made = await navigator.credentials.create({ publicKey });
    const { clientDataJSON, attestationObject } = made.response;
    return { id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: made.getClientExtensionResults(), response: { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports: made.response.getTransports ? made.response.getTransports() : [] } };
  }
  const publicKey = { ...options, challenge, allowCredentials: withIds(options.allowCredentials) };
  const got = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = got.response;
  return { id: got.id, rawId: text(got.rawId), type: got.type, clientExtensionResults: got.getClientExtensionResults(), response: { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), userHandle: userHandle ? text(userHandle) : undefined } };
}
for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential) break;
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    const field = form.querySelector('[name=credential]');
    if (field.value !== '') return;
    event.preventDefault();
    ask(form.dataset.passkey, JSON.parse(form.dataset.options)).then(
      (answer) => { field.value = JSON.stringify(answer); form.submit(); },
      () => { form.querySelector('[role=status]').textContent = 'The passkey was not used. You can try again.'; },
    );
  });
}
`;
