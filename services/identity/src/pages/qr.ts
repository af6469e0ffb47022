import { create } from 'qrcode';
import { html } from './html.ts';

/** A QR code as an image of the page itself: nothing is loaded, nothing is styled inline. */
export function qrSvg(text: string): string {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const { size, data } = modules;
  const dark = Array.from(data.keys()).filter((index) => data[index]);
  const path = dark.map(
    (index) => `M${String((index % size) + 4)} ${String(Math.floor(index / size) + 4)}h1v1h-1z`,
  );
  const side = size + 8;
  return html`<svg
    class="qr"
    role="img"
    aria-label="QR code with the key"
    viewBox="0 0 ${side} ${side}"
    shape-rendering="crispEdges"
  >
    <path fill="#ffffff" d="M0 0h${side}v${side}h-${side}z" />
    <path fill="#000000" d="${path.join('')}" />
  </svg>`.toString();
}
