import { formatBytes, formatSeconds } from '../../core/run/index.ts';
import type { Run } from '../../core/run/index.ts';
import { formatInstant, targetText } from '../view.ts';
import { facts } from './facts.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** What another person needs to measure the same again. */
export function reproduceSection(run: Run, prefix: string): Html {
  const { environment: machine, target, profile } = run;
  const settings = Object.entries(target.settings ?? {}).map(([name, value]) => `${name} ${value}`);
  const scale = Object.entries(profile.scale ?? {}).map(([name, value]) => `${name} ${value}`);
  return html`<section aria-labelledby="${prefix}reproduce">
    <h2 id="${prefix}reproduce">Measure it again</h2>
    <pre class="command" tabindex="0" aria-label="Command"><code>${run.command}</code></pre>
    ${facts([
      ['Seed', String(run.seed)],
      [
        'Profile',
        [profile.name, profile.loop === undefined ? '' : `${profile.loop} loop`, ...scale]
          .filter((part) => part !== '')
          .join(', '),
      ],
      ['Started', formatInstant(run.startedAt)],
      ['Lasted', `${formatSeconds(run.durationS)}${run.partial ? ', cut short' : ''}`],
      ['Warm-up, not counted', run.warmup === undefined ? null : formatSeconds(run.warmup.durationS)],
      ['Steady state', run.steadyState?.text],
      ['Target', targetText(run)],
      ['Target’s version', target.version],
      ['Endpoints', (target.endpoints ?? []).join(', ')],
      ['Data directory', target.dataDirectory],
      ['Settings', settings.join(', ')],
      [
        'Volume',
        run.disk === undefined
          ? null
          : [run.disk.volume.device, run.disk.volume.model, run.disk.volume.filesystem]
              .filter((part) => part !== null)
              .join(', '),
      ],
      ['Mount options', run.disk?.volume.mountOptions],
      ['Kernel', machine.kernel],
      ['System', machine.os],
      ['Processor', machine.cpuCount === undefined ? machine.cpu : `${machine.cpu}, ${machine.cpuCount} logical`],
      ['Memory', formatBytes(machine.memoryBytes)],
      ['etcdmark', machine.etcdmark],
      ['Node', machine.node],
      ['Run', run.id],
    ])}
    <p class="note">
      Every figure here is derived from <code>run.json</code> beside this page; <code>etcdmark report</code> on it gives
      the same page again.
    </p>
  </section> `;
}
