import type { MessageKind } from "~/api/types";
import { t } from "~/i18n";

export const kindLabel = (kind: MessageKind): string => t(`kind.${kind}`);
