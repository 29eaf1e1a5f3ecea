// How the page makes elements: texts always go in as text, so that nothing of a scenario or a reason is ever read as markup.

export type Child = Node | string | null;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

export function drawing<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

export function button(label: string, attributes: Attributes, onPress: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', onPress);
  return made;
}

function filled<Made extends Element>(made: Made, attributes: Attributes, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null) made.append(child);
  return made;
}

/** A section with a heading, to which the list at the head of the page leads. */
export function section(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  const heading = element('h2', { id: `${id}-title` }, title);
  return element('section', { id, 'aria-labelledby': `${id}-title` }, heading, ...children);
}

/** Opened and closed by its title; its content is made when it is first opened. */
export function unfolding(
  title: string,
  contentOf: () => readonly Child[],
  isOpen = false,
  attributes: Attributes = {},
): HTMLDetailsElement {
  const details = element('details', attributes, element('summary', {}, title));
  let isFilled = false;
  const fill = (): void => {
    if (isFilled) return;
    isFilled = true;
    for (const child of contentOf()) if (child !== null) details.append(child);
  };
  details.addEventListener('toggle', () => {
    if (details.open) fill();
  });
  if (isOpen) {
    details.open = true;
    fill();
  }
  return details;
}
