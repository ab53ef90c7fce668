"""What lint says is made to be shared: nothing that looks like a secret is in it."""

import pytest

from wbtools.sweepfile.lint import lint

BODIES = [
    "{values: [VAL, VAL]}",
    "{values: [[VAL], [VAL]]}",
    "{values: VAL}",
    "{values: {a: VAL}}",
    "{values: [(VAL, VAL), (1, 2)]}",
    "\n    values:\n      - (VAL, 1)\n      - (1, VAL)",
    "{values: ['[VAL 1', 2]}",
    "{values: [0.1, VAL 0.2]}",
    "{value: np.VAL(3)}",
    "{values: [VAL for x in y]}",
    "{value: VAL**2}",
    "{value: VAL/3, values: [VAL]}",
    "{value: 0VAL}",
    "{value: -0VAL}",
    "{value: VAL:30}",
    "{values: [1, 0VAL9]}",
    "{value: VALe-5}",
    "{min: VALe-5, max: 1}",
    "{distribution: VAL, value: 3}",
    "{min: VAL, max: [VAL]}",
    "{mu: 1, sigma: VAL, distribution: normal}",
    "{values: [a, b], probabilities: [VAL, 0.5]}",
    "VAL",
    "[VAL]",
    "{parameters: VAL}",
    "{value: {token: VAL, again: VAL}, values: [{token: VAL}, {token: VAL}]}",
    "*VAL",
    "!VAL x",
    "{value: 'wandb login --key=VAL x'}",
]


@pytest.mark.parametrize("name", ["api_key", "password", "db.password"])
@pytest.mark.parametrize("secret", ["51234567", "s3cr3tw0rd"])
@pytest.mark.parametrize("body", BODIES)
def test_no_finding_shows_the_value_of_a_secret(name, secret, body):
    text = f"method: random\nrun_cap: 3\nprogram: a.py\nparameters:\n  {name}: {body}\n"
    findings = lint(text.replace("VAL", secret).encode(), source="s")
    assert secret not in str(findings)
    assert str(int("0o" + secret, 8)) not in str(findings) if secret.isdigit() else True


NESTED = [
    "parameters: {env: {values: [{WANDB_API_KEY: VAL}, {WANDB_API_KEY: VAL}]}}",
    "parameters: {env: {value: {WANDB_API_KEY: 0VAL}}}",
    "parameters: {env: {parameters: {api_key: {values: [VAL, VAL]}}}}",
    "parameters: {db: {values: ['mysql://me:VAL@host', 'mysql://me:VAL@host']}}",
    "parameters: {line: {values: [--token VAL, --token VAL]}}",
    "command: python train.py --api-key VAL",
    "command: [python train.py --api-key VAL, $args]",
    "command: [torchrun, --api-key, VAL x --amp, train.py, '${args}']",
    "command: ['${env}', WANDB_API_KEY=VAL, python, '${program}']\nprogram: -m train",
    "command: ['${env}', python, '${program}', --api-key, VAL]\nprogram: -m train",
    "command: [WANDB_API_KEY=VAL python, train.py]",
    "command: [--api-key=VAL, train.py]",
    "program: torchrun train.py --password VAL",
    "program: https://me:VAL@host/train.py",
    "early_terminate: {type: hyperband, token: VAL}\nmetric: --password=VAL",
]


@pytest.mark.parametrize("text", NESTED)
def test_nor_does_one_that_lies_deeper_or_in_a_command(text):
    findings = lint(f"method: random\n{text}\n".replace("VAL", "51234567").encode(), source="s")
    assert findings
    assert "51234567" not in str(findings)


@pytest.mark.parametrize("key", ["hf_" + "a1B2" * 8, "ghp_" + "a1B2" * 8, "sk-" + "a1B2" * 8])
def test_keys_of_services_are_known_wherever_they_stand(key):
    text = f"{key}: 1\nparameters:\n  {key}: {{{key}: 1}}\n  a: {{values: [{key}, {key}]}}\n"
    assert key not in str(lint(text.encode(), source="s"))


def test_what_is_no_secret_is_shown():
    text = "parameters: {max_tokens: {values: [512, 512]}, tokenizer: {values: [bpe, bpe]}}"
    titles = [f.title for f in lint(text.encode(), source="s") if f.code == "WBS039"]
    assert [title.split(" stands")[0] for title in titles] == [
        "max_tokens: 512",
        "tokenizer: 'bpe'",
    ]
