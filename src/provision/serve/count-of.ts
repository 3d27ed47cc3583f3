export const countOf = (count: number) => (count === 1 ? '1 machine' : `${count} machines`);
