# How the exercises are checked. Answers are compared with the loss, by derive's gradient check, at numbers that are
# drawn here: an answer that was computed for the worked example alone does not pass.


def judge(title, check):
    """Say what a check finds. Code that stops with an error is not right either, and stops nothing else."""
    try:
        found = check()
    except Exception as error:
        found = f"your code stops with {type(error).__name__}: {error}"
    if found is ...:
        print(f"{title}: not yet. Replace the dots in the cell above, then run it and this one again.")
    elif found:
        print(f"{title}: not right. {found}")
    else:
        print(f"{title}: right.")


def drawn(values, seed):
    """Numbers in the shapes of the worked example; targets of a binary loss are labels."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, value in values.items():
        shape = np.shape(value)
        labels = BINARY and name == TARGETS
        numbers = rng.integers(0, 2, size=shape) * 1.0 if labels else rng.normal(size=shape)
        found[name] = numbers if shape else float(numbers)
    return found


def shape_is_wrong(name, answer, wanted):
    if np.shape(answer) == wanted:
        return None
    transposed = " That is its transpose." if np.shape(answer) == wanted[::-1] else ""
    shapes = f"the answer has the shape {np.shape(answer)}, and {name} has {wanted}."
    return f"{shapes}{transposed} A gradient has the shape of its variable."


def compare(loss_of, answer, name, at):
    """What is wrong with a gradient of `loss_of`, a function of one variable."""
    if answer is ... or answer is None:
        return ...
    found = shape_is_wrong(name, answer, np.shape(at))
    if found is None:
        report = check_gradient(loss_of, answer, at)
        if not report:
            found = " ".join(["it differs from what the loss does when the variable moves.", *report.reasons])
    return found


def check_shapes(shapes):
    found = None
    for name, value in parameters.items():
        answer = shapes.get(name, ...)
        if answer is ... or answer is None:
            return ...
        if found is None and tuple(answer) != np.shape(value):
            found = shape_is_wrong(name, np.empty(tuple(answer)), np.shape(value))
    return found


def check_slope_of_loss(function, seeds=(1, 2)):
    for seed in seeds:
        rng = np.random.default_rng(seed)
        shape = np.shape(data[TARGETS])
        at, target = (rng.uniform(0.1, 0.9, size=shape) if BINARY else rng.normal(size=shape) for _ in range(2))
        at, target = (array if shape else float(array) for array in (at, target))
        answer = function(at, target)
        found = compare(lambda yhat, y=target: loss_of_prediction(yhat, y), answer, "the prediction", at)
        if found is not None:
            return found
    return None


def check_through_one_line(function, line, name, shapes, seeds=(1, 2)):
    """The gradient of sum(incoming * line(...)) by one variable: any incoming gradient has to be passed on."""
    for seed in seeds:
        values = drawn({key: np.zeros(shape) for key, shape in shapes.items()}, seed)
        rest = {key: value for key, value in values.items() if key not in (name, "incoming")}
        incoming = np.random.default_rng(seed + 100).normal(size=np.shape(line(**rest, **{name: values[name]})))
        incoming = incoming if np.ndim(incoming) else float(incoming)
        wanted = {key: rest[key] for key in ARGUMENTS if key in rest}

        def through(value, rest=rest, incoming=incoming):
            return np.sum(incoming * line(**rest, **{name: value}))

        found = compare(through, function(incoming, **wanted), name, values[name])
        if found is not None:
            return found
    return None


def check_whole(function, name, seeds=(1, 2, 3)):
    for seed in seeds:
        inputs, start = drawn(data, seed), drawn(parameters, seed + 50)
        answer = function(**inputs, **start)

        def whole(value, inputs=inputs, start=start):
            return forward(**inputs, **{**start, name: value})["L"]

        found = compare(whole, answer, name, start[name])
        if found is not None:
            return found
    return None


def descend(inputs, start, steps, rate, sign=-1, fresh=True):
    now, slopes = dict(start), gradients(**inputs, **start)
    for _ in range(steps):
        slopes = gradients(**inputs, **now) if fresh else slopes
        now = {name: now[name] + sign * rate * slopes[name] for name in now}
    return now


def check_training(function, steps=3, rate=0.01):
    inputs, start = drawn(data, 1), drawn(parameters, 51)
    given = {name: np.array(value, copy=True) if np.shape(value) else value for name, value in start.items()}
    answer = function(inputs, given, steps, rate)
    if answer is ... or answer is None:
        return ...
    if not isinstance(answer, dict) or set(answer) != set(start):
        return f"the answer has to be a dictionary with the parameters {', '.join(start)}."

    def is_like(other):
        return all(np.allclose(answer[name], other[name], rtol=1e-9, atol=1e-12) for name in start)

    if not all(np.array_equal(given[name], start[name]) for name in start):
        return "your function changes the arrays that it was given: make new ones, as in `w = w - rate * slope`."
    if is_like(descend(inputs, start, steps, rate)):
        return None
    mistakes = {
        "nothing has moved.": start,
        "it goes uphill: a step goes against the gradient.": descend(inputs, start, steps, rate, sign=1),
        f"that is {steps - 1} steps, and {steps} were asked for.": descend(inputs, start, steps - 1, rate),
        f"that is {steps + 1} steps, and {steps} were asked for.": descend(inputs, start, steps + 1, rate),
        "the gradient has to be computed anew after every step.": descend(inputs, start, steps, rate, fresh=False),
    }
    for words, other in mistakes.items():
        if is_like(other):
            return words
    wanted = descend(inputs, start, steps, rate)
    far = max(start, key=lambda name: np.max(np.abs(answer[name] - wanted[name])))
    place = f"after {steps} steps {far} is not where gradient descent takes it."
    return f"{place} Do all parameters move at once, with gradients from before the step?"
