/** Models by name: `gp3`, `gp2:334GiB`, `io2:5000iops`. */
import { UsageError } from '../../base/errors.ts';
import { AWS_MODELS, gp2, gp3, provisioned } from './catalogue/aws.ts';
import { AZURE_MODELS, GOOGLE_MODELS } from './catalogue/google-azure.ts';
import { LOCAL_MODELS } from './catalogue/local.ts';
import type { DiskModel } from './model.ts';

/** Every model that ships. */
export const DISK_MODELS: readonly DiskModel[] = [...AWS_MODELS, ...GOOGLE_MODELS, ...AZURE_MODELS, ...LOCAL_MODELS];

/** The model that `text` names. Throws UsageError with the names there are. */
export function findDiskModel(text: string): DiskModel {
  const shipped = DISK_MODELS.find((model) => model.name === text);
  if (shipped !== undefined) return shipped;
  if (text === 'gp2') return gp2(100);
  const [, kind, amount, unit] = /^(gp2|gp3|io1|io2):(\d{1,7})(GiB|iops)$/.exec(text) ?? [];
  const number = Number(amount);
  if (kind === 'gp2' && unit === 'GiB' && number >= 1 && number <= 16_384) return gp2(number);
  if (kind === 'gp3' && unit === 'iops' && number >= 3000 && number <= 80_000) return gp3(number);
  if ((kind === 'io1' || kind === 'io2') && unit === 'iops' && number >= 100 && number <= 256_000) {
    return provisioned(kind, number);
  }
  const names = DISK_MODELS.map((model) => model.name).join(', ');
  throw new UsageError(
    `disk model '${text}' is not known: give one of ${names}, or a size such as gp2:334GiB, gp3:6000iops, io2:5000iops`,
  );
}
